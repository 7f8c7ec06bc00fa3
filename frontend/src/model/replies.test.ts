// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Draft } from './draft.svelte'
import { FakeBackend } from '../fake/window'
import { ReplyPicker } from './replypicker.svelte'
import { Replies } from './replies.svelte'

const funds = { id: '1', title: 'Funds', text: 'Dear {first name}, the funds are here.', firm: true }
const keys = { id: '2', title: 'Keys', text: 'The keys are here.', firm: false }

let backend: FakeBackend
let replies: Replies
const manage = vi.fn()

const titles = () => replies.all?.map((reply) => reply.title)

beforeEach(async () => {
  manage.mockReset()
  backend = new FakeBackend()
  backend.savedReplies = [keys, funds]
  replies = new Replies(backend, manage)
  await replies.refresh()
})

describe('the saved replies', () => {
  it('are sorted by title, and read again after a hint', async () => {
    expect(titles()).toEqual(['Funds', 'Keys'])
    backend.tellReplies([keys])
    await replies.refresh()
    expect(titles()).toEqual(['Keys'])
  })

  it("aren't replaced by an older answer", async () => {
    const release = backend.block('replies')
    void replies.refresh()
    backend.tellReplies([keys])
    release()
    await replies.refresh()
    expect(titles()).toEqual(['Keys'])
  })

  it('show why reading failed', async () => {
    const failure = { code: 'locked', message: 'Another Matterline has it open.', field: '' }
    backend.fails.set('replies', failure)
    await replies.refresh()
    expect(replies.failure).toEqual(failure)
    await replies.refresh()
    expect(replies.failure).toBeUndefined()
  })

  it('are added, edited and removed', async () => {
    const form = replies.add(false)
    Object.assign(form.values, { title: 'Dates', text: 'On Friday.' })
    expect(await form.save()).toBe(true)
    await replies.refresh()
    expect(replies.of(false).map((reply) => reply.title)).toEqual(['Dates', 'Keys'])

    const again = replies.edit(replies.of(false)[0])
    again.values.title = 'The dates'
    await again.save()
    await replies.refresh()
    expect(replies.of(false).map((reply) => reply.title)).toEqual(['Keys', 'The dates'])

    await replies.remove(funds)
    await replies.refresh()
    expect(backend.calls).toContain('removeReply 1 true')
    expect(replies.of(true)).toEqual([])
  })

  it('keep their id when saving is retried', async () => {
    backend.fails.set('saveReply', { code: 'unreachable', message: 'The portal does not answer.', field: '' })
    const form = replies.add(false)
    const id = form.values.id
    expect(await form.save()).toBe(false)
    expect(form.formProblem).toBe('The portal does not answer.')
    await form.save()
    expect(replies.all!.some((reply) => reply.id === id)).toBe(true)
  })
})

describe('inserting', () => {
  let draft: Draft
  let picker: ReplyPicker
  const insert = vi.fn()

  beforeEach(() => {
    draft = new Draft(backend, 'ana')
    insert.mockReset()
    const blankValues = () => ({ 'first name': 'Ana', matter: 'Elm Street', reference: '1' })
    picker = new ReplyPicker(replies, { text: () => draft.text, blankValues, insert })
  })

  function type(now: string) {
    draft.write(now, false)
    picker.moveCaret(now.length)
  }
  const press = (key: string, more: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent('keydown', { key, cancelable: true, ...more })
    const took = picker.key(event)
    expect(event.defaultPrevented).toBe(took)
    return took
  }
  const shown = () => (picker.open ? picker.rows.map((reply) => reply.title) : undefined)

  it('starts with a slash and filters by the typed text', () => {
    type('Hello')
    expect(shown()).toBeUndefined()
    type('Hello /')
    expect(shown()).toEqual(['Funds', 'Keys'])
    type('Hello /k')
    expect(shown()).toEqual(['Keys'])
    type('Hello /kx')
    expect(shown()).toBeUndefined()
  })

  it.each(['Enter', 'Tab'])('replaces the typed text with the chosen reply, with %s', (key) => {
    type('Hello /fu')
    expect(press(key)).toBe(true)
    expect(insert).toHaveBeenCalledWith(6, 9, 'Dear Ana, the funds are here.')
  })

  it('moves up and down and around the ends, including the row that manages replies', () => {
    type('/')
    expect(picker.attributes['aria-activedescendant']).toBe('saved-replies-0')
    press('ArrowUp')
    expect(picker.attributes['aria-activedescendant']).toBe('saved-replies-2')
    press('Enter')
    expect(manage).toHaveBeenCalledOnce()
    press('ArrowDown')
    press('ArrowDown')
    press('Enter')
    expect(insert).toHaveBeenCalledWith(0, 1, 'The keys are here.')
  })

  it('ignores other keys, and all keys while it is closed', () => {
    expect(press('Enter')).toBe(false)
    type('/')
    expect(press('a')).toBe(false)
    expect(press('Enter', { shiftKey: true })).toBe(false)
    expect(press('ArrowDown', { altKey: true })).toBe(false)
    expect(press('Enter', { isComposing: true })).toBe(false)
    expect(press('Enter', { keyCode: 229 })).toBe(false)
  })

  it('stays closed after Escape for this slash only', () => {
    type('/')
    expect(press('Escape')).toBe(true)
    type('/k')
    expect(shown()).toBeUndefined()
    expect(press('Enter')).toBe(false)
    picker.moveCaret(-1) // somewhere else, and back
    picker.moveCaret(2)
    expect(shown()).toBeUndefined()
    type('/k and /k')
    expect(shown()).toEqual(['Keys'])
    type('')
    type('/k')
    expect(shown()).toEqual(['Keys'])
  })

  it("doesn't open with Shift Tab", () => {
    type('/')
    expect(press('Tab', { shiftKey: true })).toBe(false)
    expect(shown()).toBeUndefined()
  })

  it('closes when the box loses the focus or is emptied by sending', () => {
    type('/')
    picker.moveCaret(-1)
    expect(shown()).toBeUndefined()
    type('/')
    draft.sent('/')
    expect(shown()).toBeUndefined()
  })

  it('refreshes the replies when it opens, not with every key', () => {
    const asked = () => backend.calls.filter((call) => call === 'replies').length
    const before = asked()
    type('/')
    type('/k')
    expect(asked()).toBe(before + 1)
  })

  it('offers to create a reply if there are none', async () => {
    backend.tellReplies([])
    await replies.refresh()
    type('/')
    expect(shown()).toEqual([])
    press('Enter')
    expect(manage).toHaveBeenCalledOnce()
    type('/x')
    expect(shown()).toBeUndefined()
  })
})
