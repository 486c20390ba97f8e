import { explain } from './explain-call.ts'

const { code, stdout, stderr } = await explain(process.argv.slice(2), process.env)
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = code
