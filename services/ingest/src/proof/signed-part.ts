import { isForm } from '../content-type.ts'
import { unwrapForm } from '../read-form.ts'
import type { FormBody } from '../sources/source.ts'
import type { Evidence } from './proof.ts'

/** The bytes of a call that its signature covers; null when a form does not hold them. */
export type SignedPart = (evidence: Evidence) => Uint8Array | null

/** Most senders sign the body as it travels; some sign the JSON before they put it into a form. */
export function signedPartOf(form: FormBody | undefined): SignedPart {
  if (form?.signed !== 'field') return ({ body }) => body
  return ({ headers, body }) => (isForm(headers) ? unwrapForm(body, form.field) : body)
}
