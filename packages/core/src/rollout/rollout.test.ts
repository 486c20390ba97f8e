import { describe, expect, it } from 'vitest'
import { type HostProgress, isStopped, judgeRollout, type RolloutPolicy, type Turn } from './rollout.ts'
import { type DeploymentState, outcomes, steps } from './steps.ts'

type State = DeploymentState | null

const parallel: RolloutPolicy = { order: 'parallel', maxFailures: 0, onFailure: 'stop' }
const rolling: RolloutPolicy = { ...parallel, order: 'rolling' }
const back: RolloutPolicy = { ...parallel, onFailure: 'roll_back' }

function hosts(states: readonly State[]): HostProgress[] {
  return states.map((state, at) => ({ host: `web${at + 1}`, deployment: `d${at + 1}`, state }))
}

function turns(policy: RolloutPolicy, states: readonly State[]): Turn[] {
  return [...judgeRollout(policy, hosts(states)).values()]
}

describe('judgeRollout', () => {
  it.each<[string, RolloutPolicy, State[], Turn[]]>([
    ['all begin at once', parallel, ['queued', 'queued', 'queued'], ['go', 'go', 'go']],
    ['a part that was never written may begin', parallel, ['live', null], ['go', 'go']],
    ['what has ended goes on as it is', parallel, ['live', 'already-live', 'superseded'], ['go', 'go', 'go']],
    ['one failure stops what waits', parallel, ['failed', 'queued', null], ['go', 'stop', 'stop']],
    ['what has begun is let go on', parallel, ['failed', 'resolve', 'migrate'], ['go', 'go', 'go']],
    ['what goes back is let go on', parallel, ['failed', 'roll-back', 'check'], ['go', 'go', 'go']],
    ['what is live stays', parallel, ['failed', 'live', 'queued'], ['go', 'go', 'stop']],
    ['a newer push is no failure', parallel, ['superseded', 'queued'], ['go', 'go']],

    ['the first begins', rolling, ['queued', 'queued', 'queued'], ['go', 'wait', 'wait']],
    ['the others wait while it is under way', rolling, ['check', 'queued', 'queued'], ['go', 'wait', 'wait']],
    ['the next follows a live one', rolling, ['live', 'queued', 'queued'], ['go', 'go', 'wait']],
    ['the next follows one that was live', rolling, ['already-live', 'queued'], ['go', 'go']],
    ['the next follows a superseded one', rolling, ['superseded', 'queued'], ['go', 'go']],
    ['the last follows when all are live', rolling, ['live', 'live', 'queued'], ['go', 'go', 'go']],
    ['none overtakes a part that was never written', rolling, [null, 'queued'], ['go', 'wait']],
    ['a part that was never written waits its turn', rolling, ['queued', null], ['go', 'wait']],
    ['one failure stops the rest', rolling, ['live', 'failed', 'queued'], ['go', 'go', 'stop']],
    ['one that began out of turn goes on', rolling, ['queued', 'copy', 'queued'], ['go', 'go', 'wait']],

    ['what is live goes back', back, ['live', 'failed'], ['back', 'go']],
    ['what waits is stopped', back, ['live', 'failed', 'queued'], ['back', 'go', 'stop']],
    ['what was live before stays', back, ['already-live', 'failed'], ['go', 'go']],
    ['what a newer push replaced stays', back, ['superseded', 'failed'], ['go', 'go']],
    ['what is live with warnings is a failure itself', back, ['live-with-warnings', 'live'], ['go', 'back']],
    ['what has begun is let come to its end first', back, ['live', 'failed', 'reload'], ['back', 'go', 'go']],
    ['what went back has nothing further to do', back, ['rolled-back', 'failed'], ['go', 'go']],
    ['nothing goes back while all is well', back, ['live', 'live', 'queued'], ['go', 'go', 'go']],
  ])('%s', (_, policy, states, expected) => {
    expect(turns(policy, states)).toEqual(expected)
  })

  it.each<[number, State[], Turn]>([
    [0, ['queued'], 'go'],
    [0, ['failed', 'queued'], 'stop'],
    [1, ['failed', 'queued'], 'go'],
    [1, ['failed', 'rolled-back', 'queued'], 'stop'],
    [2, ['failed', 'cancelled', 'queued'], 'go'],
    [2, ['failed', 'cancelled', 'needs-operator', 'queued'], 'stop'],
  ])('with max_failures %i and %j the last is told to %s', (maxFailures, states, turn) => {
    expect(turns({ ...parallel, maxFailures }, states).at(-1)).toBe(turn)
    expect(turns({ ...rolling, maxFailures }, states).at(-1)).toBe(turn)
  })

  it('lets a failed host be tried again, whatever its failure made of the others', () => {
    const stopped = { wasStopped: true } as const
    const [first, ...others] = hosts(['queued', 'failed', 'rolled-back'])
    const again = [first, ...others.map((one) => ({ ...one, ...stopped }))].filter((one) => one !== undefined)

    for (const policy of [parallel, rolling, back]) expect(judgeRollout(policy, again).get('web1')).toBe('go')
  })

  it('still stops a stopped host that is tried again before the one that failed', () => {
    const again = hosts(['failed', 'queued'])

    expect(judgeRollout(parallel, again).get('web2')).toBe('stop')
  })
})

describe('isStopped', () => {
  it.each<[State, boolean]>([
    ['failed', true],
    ['rolled-back', true],
    ['cancelled', true],
    ['needs-operator', true],
    ['live-with-warnings', true],
    ['live', false],
    ['already-live', false],
    ['superseded', false],
    ['queued', false],
    ['check', false],
    ['roll-back', false],
    [null, false],
  ])('counts %s as a failure: %s', (state, isFailure) => {
    expect(isStopped(parallel, hosts([state, 'live']))).toBe(isFailure)
  })
})

describe('every rollout over three hosts', () => {
  const states: readonly State[] = [null, 'queued', ...steps, 'roll-back', ...outcomes]
  const ended: ReadonlySet<State> = new Set(outcomes)
  const all = states.flatMap((a) => states.flatMap((b) => states.map((c) => [a, b, c])))
  const policies = (['parallel', 'rolling'] as const).flatMap((order) =>
    (['stop', 'roll_back'] as const).flatMap((onFailure) =>
      [0, 1, 2, 3].map((maxFailures): RolloutPolicy => ({ order, onFailure, maxFailures })),
    ),
  )
  const waits = (state: State | undefined) => state === 'queued' || state === null

  it.each(policies)('keeps the rules of $order, $onFailure, $maxFailures', (policy) => {
    // One expectation for all: thousands of them would take longer than what they look at.
    const broken = all.flatMap((combination) => {
      const found = turns(policy, combination)
      const stopped = isStopped(policy, hosts(combination))
      const begins = found.filter((turn, at) => turn === 'go' && waits(combination[at])).length
      const rules = {
        'goes back only what is live, only when stopped and asked for': found.every(
          (turn, at) =>
            (turn === 'back') === (stopped && policy.onFailure === 'roll_back' && combination[at] === 'live'),
        ),
        'begins nothing when stopped': !stopped || begins === 0,
        'stops only what waits, only when stopped': found.every(
          (turn, at) => (turn === 'stop') === (stopped && waits(combination[at])),
        ),
        'leaves alone what is under way': found.every(
          (turn, at) => waits(combination[at]) || ended.has(combination[at] ?? null) || turn === 'go',
        ),
        'waits only when rolling': policy.order === 'rolling' || !found.includes('wait'),
        'begins one at a time when rolling': policy.order === 'parallel' || begins <= 1,
        'overtakes none when rolling':
          policy.order === 'parallel' ||
          found.every(
            (turn, at) =>
              turn !== 'go' ||
              !waits(combination[at]) ||
              combination.slice(0, at).every((earlier) => ended.has(earlier)),
          ),
        'always has one that can go on': stopped || found.some((turn) => turn === 'go'),
      }
      return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [{ rule, combination, found }]))
    })

    expect(broken.slice(0, 3)).toEqual([])
  })
})
