import type { WindowBackend } from '../model/backend'

/** Every call of a fake backend passes here. Calls are logged, and a test can make them wait or fail. */
export abstract class FakeCalls {
  /** All calls so far, such as "markRead ana 4". */
  calls: string[] = []
  /** What the next call of a name throws. */
  fails = new Map<keyof WindowBackend, unknown>()
  /** What calls of a name wait for. */
  blocked = new Map<string, Promise<void>>()

  /** Blocks calls of this name until the returned function is called. */
  block(name: keyof WindowBackend): () => void {
    let release = () => {}
    this.blocked.set(name, new Promise((done) => (release = done)))
    return () => {
      this.blocked.delete(name)
      release()
    }
  }

  protected async answer<T>(
    call: keyof WindowBackend | `${keyof WindowBackend} ${string}`,
    answer: () => T,
  ): Promise<T> {
    this.calls.push(call)
    const name = call.split(' ')[0] as keyof WindowBackend
    await this.blocked.get(name)
    if (this.fails.has(name)) {
      const failure = this.fails.get(name)
      this.fails.delete(name)
      throw failure
    }
    return answer()
  }
}

export const failure = (code: string, message: string, field = '') => ({ code, message, field })

export const notFound = failure('not_found', "This doesn't exist, or you don't have access to it.")

export function listen<T>(all: Set<T>, listener: T): () => void {
  all.add(listener)
  return () => all.delete(listener)
}
