// Fake locks and channels for the tests of several tabs, which jsdom doesn't have. They work with fake timers.
import { onTestFinished, vi } from 'vitest'

type Turn = (lock: object | null) => unknown
interface Waiting {
  take: () => void
}

class FakeLocks {
  #holders = new Map<string, { end: (error?: DOMException) => void }>()
  #waiting = new Map<string, Waiting[]>()

  async request(name: string, options: LockOptions, turn: Turn): Promise<unknown> {
    if (options.signal?.aborted) throw aborted()
    if (options.ifAvailable && this.#holders.has(name)) return turn(null)
    if (options.steal) this.#holders.get(name)?.end(aborted())
    else if (this.#holders.has(name)) await this.#wait(name, options.signal)
    return this.#hold(name, turn)
  }

  #wait(name: string, signal?: AbortSignal) {
    return new Promise<void>((take, reject) => {
      const queue = this.#waiting.get(name) ?? []
      const waiting = { take }
      this.#waiting.set(name, [...queue, waiting])
      signal?.addEventListener('abort', () => {
        this.#waiting.set(
          name,
          this.#waiting.get(name)!.filter((other) => other !== waiting),
        )
        reject(aborted())
      })
    })
  }

  #hold(name: string, turn: Turn) {
    return new Promise((done, failed) => {
      const holder = {
        end: (error?: DOMException) => {
          if (this.#holders.get(name) !== holder) return
          this.#holders.delete(name)
          if (error) return failed(error)
          const [next, ...rest] = this.#waiting.get(name) ?? []
          this.#waiting.set(name, rest)
          next?.take()
        },
      }
      this.#holders.set(name, holder)
      Promise.resolve(turn({})).then(
        (value) => {
          holder.end()
          done(value)
        },
        (error) => {
          holder.end()
          failed(error)
        },
      )
    })
  }
}

const aborted = () => new DOMException('aborted', 'AbortError')

const channels = new Set<FakeChannel>()

class FakeChannel {
  onmessage = (event: { data: unknown }) => void event
  #name: string

  constructor(name: string) {
    this.#name = name
    channels.add(this)
  }

  postMessage(data: unknown) {
    for (const other of channels)
      if (other !== this && other.#name === this.#name) other.onmessage({ data: structuredClone(data) })
  }

  close() {
    channels.delete(this)
  }
}

/** Lets this test have several tabs. Returns the locks they share. */
export function severalTabs(): LockManager {
  const locks = new FakeLocks()
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  onTestFinished(() => {
    Reflect.deleteProperty(navigator, 'locks')
    vi.unstubAllGlobals()
    channels.clear()
  })
  return locks as unknown as LockManager
}
