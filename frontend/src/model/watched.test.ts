import { describe, expect, it } from 'vitest'
import { Watched } from './watched.svelte'

/** A backend whose hints and answers wait until the test releases them, in an order of its choice. */
class Slow {
  value = 0
  reads = 0
  waiting: (() => void)[] = []
  #hints = new Set<() => void>()

  change() {
    this.value++
    for (const hint of this.#hints) this.waiting.push(hint)
  }

  /** Answers with the value at the time of the request if early, and otherwise at the time of the answer. */
  read = (early: boolean) =>
    new Promise<number>((answer) => {
      this.reads++
      const before = this.value
      this.waiting.push(() => answer(early ? before : this.value))
    })

  listen = (hint: () => void) => {
    this.#hints.add(hint)
    return () => this.#hints.delete(hint)
  }
}

const settled = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

/** Numbers below 1, always the same for a seed. */
function numbers(seed: number) {
  return () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
}

describe('a watched value', () => {
  it('ends with the newest value, in whatever order hints and answers arrive', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = numbers(seed)
      const slow = new Slow()
      const watched = new Watched(
        -1,
        () => slow.read(next() < 0.5),
        (hint) => slow.listen(hint),
      )
      for (let changes = 6; changes > 0 || slow.waiting.length > 0;) {
        if (changes > 0 && next() < 0.4) {
          changes--
          slow.change()
        } else {
          slow.waiting.splice(Math.floor(next() * slow.waiting.length), 1)[0]?.()
        }
        await settled()
      }
      expect(watched.value, `seed ${seed}`).toBe(6)
    }
  })

  it('is read once more for all hints during a read', async () => {
    const slow = new Slow()
    const watched = new Watched(-1, () => slow.read(false), slow.listen)
    for (let i = 0; i < 5; i++) slow.change()
    const [answer, ...hints] = slow.waiting.splice(0)
    for (const hint of hints) hint()
    answer()
    await settled()
    slow.waiting.pop()!()
    await settled()
    expect([watched.value, slow.reads]).toEqual([5, 2])
  })

  it("doesn't change after closing", async () => {
    const slow = new Slow()
    const watched = new Watched(-1, () => slow.read(false), slow.listen)
    watched.close()
    slow.change()
    expect(slow.waiting).toHaveLength(1)
    slow.waiting.pop()!()
    await settled()
    expect(watched.value).toBe(-1)
  })
})
