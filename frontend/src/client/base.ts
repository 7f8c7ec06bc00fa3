// Where the client pages are: '/', or a path such as '/portal/' behind a proxy. The pages' own addresses are one level
// deep, such as /portal/invited.
export const base = new URL('.', document.baseURI).pathname

/** The name under which the browser stores something. Another portal at the same host has its own. */
export const storageKey = (name: string) => `matterline ${name}${base === '/' ? '' : ` ${base}`}`
