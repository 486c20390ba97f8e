/** The page that asks for a token. `problem` is one of our own sentences, never text from outside. */
export function loginPage(problem?: string): string {
  return page(
    'Log in',
    `<form method="post" action="/login">
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
      ${problem ? `<p role="alert">${problem}</p>` : ''}
      <button>Log in</button>
    </form>`,
  )
}

/** Leaving changes something, so it takes a button and not just a link. */
export function logoutPage(): string {
  return page('Log out', '<form method="post" action="/logout"><button>Log out</button></form>')
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · slipway</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 100vh; margin: 0; background: #f4f5f7; color: #1c2430 }
  main { background: #fff; padding: 2rem; border-radius: 8px; box-shadow: 0 1px 6px #0002; width: min(20rem, 90vw) }
  h1 { font-size: 1.25rem; margin: 0 0 1rem }
  label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
  input, button { padding: .5rem; margin-top: .5rem }
  [role=alert] { color: #a11; margin: .5rem 0 0 }
</style>
</head>
<body><main><h1>slipway</h1>${content}</main></body>
</html>
`
}
