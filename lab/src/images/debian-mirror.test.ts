import { describe, expect, it } from 'vitest'
import { debianMirror } from './debian-mirror.ts'

describe('the mirror of a host', () => {
  it('is read from the one-line form, past options and other suites', () => {
    const sources = [
      '# deb http://old.example/debian bookworm main',
      'deb http://security.example/debian-security bookworm-security main',
      'deb [signed-by=/usr/share/keyrings/x.gpg] https://near.example/debian/ bookworm main contrib',
    ].join('\n')

    expect(debianMirror(sources, 'bookworm')).toBe('https://near.example/debian')
  })

  it('is read from the deb822 form', () => {
    const sources = [
      'Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\nComponents: main',
      'Types: deb\nURIs: http://near.example/debian\nSuites: bookworm bookworm-updates\nComponents: main',
    ].join('\n\n')

    expect(debianMirror(sources, 'bookworm')).toBe('http://near.example/debian')
  })

  it.each(['', 'deb http://archive.example/ubuntu noble main\n', 'deb cdrom:[Debian] bookworm main\n'])(
    "is Debian's own when the host names none: %j",
    (sources) => {
      expect(debianMirror(sources, 'bookworm')).toBe('http://deb.debian.org/debian')
    },
  )
})
