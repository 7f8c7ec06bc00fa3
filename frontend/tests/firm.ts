import type { Portal } from './processes'

/** A caller of the demo firm's portal, without a screen. */
class Caller {
  #api: string
  #token = ''

  constructor(portal: Portal) {
    this.#api = portal.address + '/api/v1'
  }

  protected async startSession(by: Record<string, string>) {
    this.#token = (await this.ask('POST', '/sessions', by)).token
  }

  protected async ask(method: string, path: string, body?: unknown) {
    const answer = await fetch(this.#api + path, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(this.#token && { Authorization: `Bearer ${this.#token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  protected async post(participant: string, texts: string[], set_status = false) {
    for (let i = 0; i < texts.length; i += batch) {
      const messages = texts.slice(i, i + batch).map((text) => {
        return { id: newId(), participant, text, written_at: Date.now(), set_status }
      })
      await this.ask('POST', '/messages', { messages })
    }
  }
}

/** How many messages one request may have. */
const batch = 100

let made = 0
/** A UUIDv7 that sorts after the one before. */
function newId() {
  const hex = (Date.now() * 4096 + made++).toString(16).padStart(15, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(12, 15)}-8000-000000000000`
}

/** Ana Okafor, a client with one matter. */
export class Ana extends Caller {
  #link: string
  #id = ''

  constructor(portal: Portal) {
    super(portal)
    this.#link = portal.ana.split('#')[1]
  }

  async signIn(): Promise<this> {
    await this.startSession({ link: this.#link })
    const [{ matter }] = (await this.ask('GET', '/matters')).matters
    this.#id = (await this.ask('GET', `/matters/${matter}/changes?limit=1`)).participants[0].id
    return this
  }

  send(...texts: string[]) {
    return this.post(this.#id, texts)
  }
}

/** Maya, a user of the demo firm, at its portal. */
export class Maya extends Caller {
  #opened = 0

  /** Signs in as Maya, or as the colleague named, on a device. */
  async signIn(who = 'maya', device: Record<string, string> = {}): Promise<this> {
    await this.startSession({ email: `${who}@hartwell.example`, password: 'demo demo demo', ...device })
    return this
  }

  /** Adds a participant to a matter and returns their id. */
  async add(matter: string, name: string, role = 'Client'): Promise<string> {
    return (await this.ask('POST', `/matters/${matter}/participants`, { name, role })).id
  }

  /** Creates a matter with others on its team and returns its id. */
  async open(title: string, ...team: string[]): Promise<string> {
    const reference = `2026-${900 + this.#opened++}`
    const users = await this.#ids(team)
    return (await this.ask('POST', '/matters', { reference, title, type: 'Purchase', team: users })).id
  }

  /** The devices on which Maya is signed in. */
  async devices(): Promise<unknown[]> {
    return (await this.ask('GET', '/sessions')).sessions
  }

  /** Turns on two-step verification, with what an authenticator app shows for a secret. Returns the recovery codes. */
  async turnOnTwoStep(shows: (secret: string) => string, password = 'demo demo demo'): Promise<string[]> {
    const codes = await this.confirmTwoStep(shows, password)
    await this.ask('PUT', '/me/recovery-codes')
    return codes
  }

  /** The same, without saying that the recovery codes are saved. */
  async confirmTwoStep(shows: (secret: string) => string, password: string): Promise<string[]> {
    const { secret } = await this.ask('POST', '/me/two-step', { password })
    return (await this.ask('PUT', '/me/two-step', { code: shows(secret) })).recovery_codes
  }

  /** Sets the team of a matter. */
  async team(matter: string, ...team: string[]) {
    await this.ask('PUT', `/matters/${matter}/team`, { users: await this.#ids(team) })
  }

  async #ids(who: string[]): Promise<string[]> {
    const { users } = await this.ask('GET', '/users')
    return who.map((name) => users.find((user: { email: string }) => user.email.startsWith(`${name}@`)).id)
  }

  /** The path of a new invitation link for a participant. */
  async invite(participant: string): Promise<string> {
    return (await this.ask('POST', `/participants/${participant}/invitation`)).path
  }

  /** The path of a new invitation link that asks for a PIN, and the PIN. */
  inviteWithPin(participant: string): Promise<{ path: string; pin: string }> {
    return this.ask('POST', `/participants/${participant}/invitation`, { pin: true })
  }

  /** Changes the signed-in user's name. */
  rename(name: string) {
    return this.ask('PATCH', '/me', { name })
  }

  /** The id of a participant. */
  async find(matter: string, name: string): Promise<string> {
    const { matters } = await this.ask('GET', '/matters')
    for (const head of matters) {
      const page = await this.ask('GET', `/matters/${head.matter}/changes?limit=1`)
      const person = page.participants?.find((p: { name: string }) => p.name === name)
      if (page.info?.reference === matter && person) return person.id
    }
    throw new Error(`no ${name} in ${matter}`)
  }

  remove(participant: string) {
    return this.ask('DELETE', `/participants/${participant}`)
  }

  close(matter: string) {
    return this.ask('PUT', `/matters/${matter}/closed`, { closed: true })
  }

  /** Changes what the firm decides about sessions and copies. Maya must be an admin. */
  async setFirm(change: Record<string, unknown>) {
    await this.ask('PUT', '/firm/settings', { ...(await this.ask('GET', '/firm/settings')), ...change })
  }

  /** Signs a colleague out everywhere. Maya must be an admin. */
  async endSessions(who: string) {
    const [account] = await this.#ids([who])
    const { sessions } = await this.ask('GET', `/accounts/${account}/sessions`)
    for (const { id } of sessions) await this.ask('DELETE', `/accounts/${account}/sessions/${id}`)
  }

  send(participant: string, text: string, set_status = false) {
    return this.post(participant, [text], set_status)
  }

  sendAll(participant: string, texts: string[]) {
    return this.post(participant, texts)
  }
}
