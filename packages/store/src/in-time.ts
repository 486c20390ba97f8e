/**
 * The same promise, given up after a while; what it stands for may still happen.
 * @throws Error when `deadline` milliseconds have passed
 */
export function inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${deadline} ms`))
    const timer = setTimeout(late, deadline)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
