import { createContext } from 'svelte'
import type { Desk } from '../../model/desk.svelte'

/** The desk's guardLeaving, for forms. */
export const [getLeaveGuard, setLeaveGuard] = createContext<Desk['guardLeaving']>()
