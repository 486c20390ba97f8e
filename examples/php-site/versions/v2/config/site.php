<?php

return ['headline' => 'A small shop, with news', 'tables' => ['notes', 'announcements']];
