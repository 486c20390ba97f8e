/** Bytes that the kernel has for the path of a Unix socket, without the zero at its end. */
export const longestSocketPath = 107

export function isSocketPathTooLong(path: string): boolean {
  return Buffer.byteLength(path, 'utf8') > longestSocketPath
}
