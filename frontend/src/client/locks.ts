/** The locks that all tabs share. Missing in old browsers, and in pages without TLS. */
export const locks = () => navigator.locks as LockManager | undefined
