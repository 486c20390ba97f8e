/** What to look at when calls are refused for a reason. */
export const reasonHints: Readonly<Record<string, string>> = {
  'unknown-hook': 'the name in the URL at the sender; or somebody scans the internet',
  'address-not-allowed': 'allow of the hook; trust_proxy, when a proxy is in between',
  'proof-missing': 'the secret at the sender; a proxy that drops a header',
  'proof-wrong': 'the secret at the sender: slipway hooks --show-secrets',
  'proof-stale': 'the clocks of both sides; or a call that was copied',
  'proof-unavailable': 'the keys of the sender cannot be fetched from here',
  'too-large': 'the source of the hook; slipway webhook explain with the body',
  'content-type': 'the source of the hook; slipway webhook explain with the body',
  unreadable: 'the source of the hook; slipway webhook explain with the body',
  'not-of-source': 'the source of the hook; slipway webhook explain with the body',
  'rate-limited': 'ingest.public.rate_limit',
}
