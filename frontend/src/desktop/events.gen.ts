// Made by build/generate from app/desktop/events.go. Do not edit.
export const events = {
  changed: 'changed',
  alerts: 'alerts',
  freshness: 'freshness',
  session: 'session',
  accounts: 'accounts',
  settings: 'settings',
  replies: 'replies',
  firm: 'firm',
  openChat: 'open-chat',
  linkProblem: 'link-problem',
  screen: 'screen',
  ping: 'ping',
} as const
