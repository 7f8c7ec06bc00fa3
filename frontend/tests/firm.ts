import type { Portal } from './processes'

/** What Maya, a user of the demo firm, does at its portal with her desktop app. */
export class Maya {
  #api: string
  #token = ''
  #opened = 0

  constructor(portal: Portal) {
    this.#api = portal.address + '/api/v1'
  }

  /** As her colleague, if one is named. */
  async signIn(who = 'maya'): Promise<this> {
    const email = `${who}@hartwell.example`
    this.#token = (await this.#ask('POST', '/sessions', { email, password: 'demo demo demo' })).token
    return this
  }

  /** Puts somebody on a matter's portal, and returns their id. */
  async add(matter: string, name: string): Promise<string> {
    return (await this.#ask('POST', `/matters/${matter}/participants`, { name, role: 'Client' })).id
  }

  async open(title: string): Promise<string> {
    const reference = `2026-${900 + this.#opened++}`
    return (await this.#ask('POST', '/matters', { reference, title, type: 'Purchase' })).id
  }

  /** The path of a new link for them. */
  async invite(participant: string): Promise<string> {
    return (await this.#ask('POST', `/participants/${participant}/invitation`)).path
  }

  /** The id of somebody on a matter's portal. */
  async find(matter: string, name: string): Promise<string> {
    const { matters } = await this.#ask('GET', '/matters')
    for (const head of matters) {
      const page = await this.#ask('GET', `/matters/${head.matter}/changes?limit=1`)
      const person = page.participants?.find((p: { name: string }) => p.name === name)
      if (page.info?.reference === matter && person) return person.id
    }
    throw new Error(`no ${name} in ${matter}`)
  }

  remove(participant: string) {
    return this.#ask('DELETE', `/participants/${participant}`)
  }

  close(matter: string) {
    return this.#ask('PUT', `/matters/${matter}/closed`, { closed: true })
  }

  say(participant: string, text: string, set_status = false) {
    const at = Date.now()
    const hex = at.toString(16).padStart(12, '0')
    const tail = Math.floor(Math.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0')
    const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${tail}`
    return this.#ask('POST', '/messages', {
      messages: [{ id, participant, text, written_at: at, set_status }],
    })
  }

  async #ask(method: string, path: string, body?: unknown) {
    const answer = await fetch(this.#api + path, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }
}
