/** Why a release cannot be made from layers. Nobody's fault: it is then made from the archive of the engine. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
}
