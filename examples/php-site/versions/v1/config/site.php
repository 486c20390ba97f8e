<?php

return ['headline' => 'A small shop', 'tables' => ['notes']];
