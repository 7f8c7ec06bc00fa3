import { describe, expect, it } from 'vitest'
import { fillBlanks, matchingReplies, unknownBlanks, slashAt, type Reply } from './reply'

const ana = { 'first name': 'Ana', matter: 'Elm Street', reference: '2026-0147' }

describe('fillBlanks', () => {
  it.each([
    ['Dear {first name}, of {matter} ({reference})', 'Dear Ana, of Elm Street (2026-0147)'],
    ['{First name}, {first name}', 'Ana, Ana'],
    ['{name} {} {first  name} {', '{name} {} {first  name} {'],
  ])('makes of %j %j', (text, want) => expect(fillBlanks(text, ana)).toBe(want))

  it('inserts values literally', () => {
    const odd = { ...ana, 'first name': '$&', matter: '{reference}' }
    expect(fillBlanks('{first name} {matter}', odd)).toBe('$& {reference}')
  })

  it('keeps a placeholder that has no value', () => {
    expect(fillBlanks('{matter}', { ...ana, matter: '' })).toBe('{matter}')
  })

  it("finds text in braces that isn't a placeholder", () => {
    expect(unknownBlanks('{First name} {name} {matter} {file no}')).toEqual(['{name}', '{file no}'])
  })
})

describe('the slash', () => {
  it.each([
    ['/', { from: 0, typed: '' }],
    ['Hello /fu', { from: 6, typed: 'fu' }],
    ['Hello\n/funds rec', { from: 6, typed: 'funds rec' }],
    ['/Überweisung', { from: 0, typed: 'Überweisung' }],
    ['and/or', undefined],
    ['24/7', undefined],
    ['either / or', undefined],
    ['https://firm.example', undefined],
    ['/funds\nDear Ana', undefined],
    ['Hello', undefined],
  ])('in %j before the caret is %j', (text, want) => expect(slashAt(text, text.length)).toEqual(want))

  it('is found before the caret only', () => {
    expect(slashAt('/fu and more', 3)).toEqual({ from: 0, typed: 'fu' })
    expect(slashAt('/fu', 0)).toBeUndefined()
    expect(slashAt('/fu', -1)).toBeUndefined()
  })
})

describe('matchingReplies', () => {
  const reply = (title: string, text = ''): Reply => ({ id: title, title, text, firm: true })
  const all = [reply('Dates', 'The funds are due on Friday.'), reply('Funds received'), reply('Überweisung')]
  it.each([
    ['', ['Dates', 'Funds received', 'Überweisung']],
    ['FU', ['Funds received', 'Dates']],
    ['rec fun', ['Funds received']],
    ['uber', ['Überweisung']],
    ['unds', []],
  ])('for %j is %j', (typed, want) => expect(matchingReplies(all, typed).map((r) => r.title)).toEqual(want))
})
