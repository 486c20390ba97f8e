/** The body of a response, at most `limit` bytes of it; `cut` when there was more. The rest is not fetched. */
export async function readUpTo(
  response: Response,
  limit: number,
): Promise<{ bytes: Uint8Array; cut: boolean }> {
  if (!response.body) return { bytes: new Uint8Array(), cut: false }
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop early cancels the body, which closes the connection.
  for await (const chunk of response.body) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limit) break
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks).subarray(0, limit)), cut: length > limit }
}
