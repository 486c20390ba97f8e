import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Redis } from 'ioredis'

/** How many connections a process of this machine has to a Redis, as Redis itself sees them. */
export async function connectionsOf(pid: number, redis: Redis): Promise<number> {
  const ports = await portsOf(pid)
  const clients = String(await redis.client('LIST')).split('\n')
  const own = clients.filter((client) => ports.has(/ addr=127\.0\.0\.1:(\d+) /.exec(client)?.[1] ?? ''))
  // None would compare well with anything.
  if (own.length === 0) throw new Error(`process ${pid} has no connection to its Redis`)
  return own.length
}

async function portsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all(
    // One that has been closed meanwhile is no connection.
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')),
  )
  const sockets = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]))
  const [, ...rows] = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).trim().split('\n')
  const own = rows.map((row) => row.trim().split(/\s+/)).filter(([...fields]) => sockets.has(fields[9]))
  return new Set(own.map(([, local = '']) => String(Number.parseInt(local.split(':')[1] ?? '', 16))))
}
