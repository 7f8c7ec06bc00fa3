import { createContext } from 'svelte'
import type { Desk } from '../../model/desk.svelte'

/** The desk's hold, for the forms that stand on it. */
export const [getLeaveGuard, setLeaveGuard] = createContext<Desk['guardLeaving']>()
