/** The system's language, as a tag that dates can be written in. */
export const systemLanguage = new Intl.DateTimeFormat().resolvedOptions().locale

/** In which language days and months read: the system's, or the one that is set. */
export const dateLanguage = $state({ tag: systemLanguage })
