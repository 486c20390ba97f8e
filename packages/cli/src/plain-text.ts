/** A line without what a terminal would obey: logs hold the output of other people's images. */
export function plainText(line: string): string {
  return line.replaceAll(/[\p{Cc}--[\t\n]]/gv, '�')
}
