/** In which language days and months read; the language's tag. */
export const dateLanguage = $state({ tag: 'en-GB' })
