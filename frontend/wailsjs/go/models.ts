export namespace alert {
	
	export class Alert {
	    account: string;
	    firm: string;
	    matter: string;
	    reference: string;
	    title: string;
	    participant: string;
	    name: string;
	    text: string;
	    at: number;
	    version: number;
	    count: number;
	    reminder: number;
	    cover_for: string;
	
	    static createFrom(source: any = {}) {
	        return new Alert(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.account = source["account"];
	        this.firm = source["firm"];
	        this.matter = source["matter"];
	        this.reference = source["reference"];
	        this.title = source["title"];
	        this.participant = source["participant"];
	        this.name = source["name"];
	        this.text = source["text"];
	        this.at = source["at"];
	        this.version = source["version"];
	        this.count = source["count"];
	        this.reminder = source["reminder"];
	        this.cover_for = source["cover_for"];
	    }
	}

}

export namespace chat {
	
	export class Cover {
	    account: string;
	    name: string;
	    by: string;
	    by_name: string;
	    by_admin?: boolean;
	    from: number;
	    until: number;
	    alone: boolean;
	    cant_open?: number;
	
	    static createFrom(source: any = {}) {
	        return new Cover(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.account = source["account"];
	        this.name = source["name"];
	        this.by = source["by"];
	        this.by_name = source["by_name"];
	        this.by_admin = source["by_admin"];
	        this.from = source["from"];
	        this.until = source["until"];
	        this.alone = source["alone"];
	        this.cant_open = source["cant_open"];
	    }
	}
	export class FirmSettings {
	    idle_days: number;
	    client_idle_days: number;
	    absolute_days: number;
	    offline_days: number;
	    read_expired: boolean;
	    team_manages: boolean;
	    two_step: boolean;
	
	    static createFrom(source: any = {}) {
	        return new FirmSettings(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.idle_days = source["idle_days"];
	        this.client_idle_days = source["client_idle_days"];
	        this.absolute_days = source["absolute_days"];
	        this.offline_days = source["offline_days"];
	        this.read_expired = source["read_expired"];
	        this.team_manages = source["team_manages"];
	        this.two_step = source["two_step"];
	    }
	}
	export class Passkey {
	    id: string;
	    name: string;
	    created_at: number;
	    used_at: number;
	
	    static createFrom(source: any = {}) {
	        return new Passkey(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.created_at = source["created_at"];
	        this.used_at = source["used_at"];
	    }
	}
	export class Reply {
	    id: string;
	    title: string;
	    text: string;
	    firm: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Reply(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.title = source["title"];
	        this.text = source["text"];
	        this.firm = source["firm"];
	    }
	}
	export class Session {
	    id: string;
	    device: string;
	    kind: string;
	    created_at: number;
	    used_at: number;
	    address: string;
	    current: boolean;
	    ended_at?: number;
	    erase?: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Session(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.device = source["device"];
	        this.kind = source["kind"];
	        this.created_at = source["created_at"];
	        this.used_at = source["used_at"];
	        this.address = source["address"];
	        this.current = source["current"];
	        this.ended_at = source["ended_at"];
	        this.erase = source["erase"];
	    }
	}
	export class UserAccount {
	    id: string;
	    email: string;
	    name: string;
	    admin: boolean;
	    active: boolean;
	    alike?: boolean;
	    two_step?: boolean;
	    linked?: boolean;
	
	    static createFrom(source: any = {}) {
	        return new UserAccount(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.email = source["email"];
	        this.name = source["name"];
	        this.admin = source["admin"];
	        this.active = source["active"];
	        this.alike = source["alike"];
	        this.two_step = source["two_step"];
	        this.linked = source["linked"];
	    }
	}

}

export namespace computer {
	
	export class CurrentSettings {
	    theme: string;
	    text_size: number;
	    dates: string;
	    start_with_system: boolean;
	    close_to_tray: boolean;
	    colleagues: boolean;
	    toasts: boolean;
	    preview: boolean;
	    quiet_from: string;
	    quiet_until: string;
	    paused_until: number;
	    problem: string;
	
	    static createFrom(source: any = {}) {
	        return new CurrentSettings(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.theme = source["theme"];
	        this.text_size = source["text_size"];
	        this.dates = source["dates"];
	        this.start_with_system = source["start_with_system"];
	        this.close_to_tray = source["close_to_tray"];
	        this.colleagues = source["colleagues"];
	        this.toasts = source["toasts"];
	        this.preview = source["preview"];
	        this.quiet_from = source["quiet_from"];
	        this.quiet_until = source["quiet_until"];
	        this.paused_until = source["paused_until"];
	        this.problem = source["problem"];
	    }
	}
	export class Settings {
	    theme: string;
	    text_size: number;
	    dates: string;
	    start_with_system: boolean;
	    close_to_tray: boolean;
	    colleagues: boolean;
	    toasts: boolean;
	    preview: boolean;
	    quiet_from: string;
	    quiet_until: string;
	    paused_until: number;
	
	    static createFrom(source: any = {}) {
	        return new Settings(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.theme = source["theme"];
	        this.text_size = source["text_size"];
	        this.dates = source["dates"];
	        this.start_with_system = source["start_with_system"];
	        this.close_to_tray = source["close_to_tray"];
	        this.colleagues = source["colleagues"];
	        this.toasts = source["toasts"];
	        this.preview = source["preview"];
	        this.quiet_from = source["quiet_from"];
	        this.quiet_until = source["quiet_until"];
	        this.paused_until = source["paused_until"];
	    }
	}

}

export namespace desktop {
	
	export class About {
	    version: string;
	    data: string;
	
	    static createFrom(source: any = {}) {
	        return new About(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.version = source["version"];
	        this.data = source["data"];
	    }
	}
	export class Account {
	    key: string;
	    name: string;
	    firm: string;
	    portal: string;
	    demo: boolean;
	    unread: number;
	    note: string;
	
	    static createFrom(source: any = {}) {
	        return new Account(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.key = source["key"];
	        this.name = source["name"];
	        this.firm = source["firm"];
	        this.portal = source["portal"];
	        this.demo = source["demo"];
	        this.unread = source["unread"];
	        this.note = source["note"];
	    }
	}
	export class AddedUser {
	    id: string;
	    link: string;
	    expires_at: number;
	
	    static createFrom(source: any = {}) {
	        return new AddedUser(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.link = source["link"];
	        this.expires_at = source["expires_at"];
	    }
	}
	export class ChatAddress {
	    account: string;
	    matter: string;
	    participant: string;
	    message: string;
	    version: number;
	
	    static createFrom(source: any = {}) {
	        return new ChatAddress(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.account = source["account"];
	        this.matter = source["matter"];
	        this.participant = source["participant"];
	        this.message = source["message"];
	        this.version = source["version"];
	    }
	}
	export class Invitation {
	    link: string;
	    expires_at: number;
	    pin: string;
	
	    static createFrom(source: any = {}) {
	        return new Invitation(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.link = source["link"];
	        this.expires_at = source["expires_at"];
	        this.pin = source["pin"];
	    }
	}
	export class PortalInfo {
	    address: string;
	    firm: string;
	    colour: string;
	    provider: boolean;
	    passwords: boolean;
	    passkeys: boolean;
	
	    static createFrom(source: any = {}) {
	        return new PortalInfo(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.address = source["address"];
	        this.firm = source["firm"];
	        this.colour = source["colour"];
	        this.provider = source["provider"];
	        this.passwords = source["passwords"];
	        this.passkeys = source["passkeys"];
	    }
	}
	export class ResetLink {
	    link: string;
	    expires_at: number;
	
	    static createFrom(source: any = {}) {
	        return new ResetLink(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.link = source["link"];
	        this.expires_at = source["expires_at"];
	    }
	}
	export class Session {
	    state: string;
	    user: string;
	    name: string;
	    email: string;
	    firm: string;
	    portal: string;
	    demo: boolean;
	    problem: string;
	    locked: string;
	    key: string;
	    opened: number;
	    notice: string;
	    here: string;
	    must_change: boolean;
	    no_password: boolean;
	    sso_only: boolean;
	    two_step: boolean;
	    recovery_codes: number;
	    passkeys_work: boolean;
	    passkeys: number;
	    email_set_by: string;
	    recovery_codes_unsaved: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Session(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.state = source["state"];
	        this.user = source["user"];
	        this.name = source["name"];
	        this.email = source["email"];
	        this.firm = source["firm"];
	        this.portal = source["portal"];
	        this.demo = source["demo"];
	        this.problem = source["problem"];
	        this.locked = source["locked"];
	        this.key = source["key"];
	        this.opened = source["opened"];
	        this.notice = source["notice"];
	        this.here = source["here"];
	        this.must_change = source["must_change"];
	        this.no_password = source["no_password"];
	        this.sso_only = source["sso_only"];
	        this.two_step = source["two_step"];
	        this.recovery_codes = source["recovery_codes"];
	        this.passkeys_work = source["passkeys_work"];
	        this.passkeys = source["passkeys"];
	        this.email_set_by = source["email_set_by"];
	        this.recovery_codes_unsaved = source["recovery_codes_unsaved"];
	    }
	}
	export class SignedIn {
	    recovery_codes: string[];
	    wrong_codes: number;
	
	    static createFrom(source: any = {}) {
	        return new SignedIn(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.recovery_codes = source["recovery_codes"];
	        this.wrong_codes = source["wrong_codes"];
	    }
	}
	export class TwoStepKey {
	    secret: string;
	    qr: string;
	    size: number;
	
	    static createFrom(source: any = {}) {
	        return new TwoStepKey(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.secret = source["secret"];
	        this.qr = source["qr"];
	        this.size = source["size"];
	    }
	}

}

export namespace replica {
	
	export class Draft {
	    text: string;
	    set_status: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Draft(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.text = source["text"];
	        this.set_status = source["set_status"];
	    }
	}
	export class Unsent {
	    id: string;
	    kind: string;
	    matter: string;
	    participant: string;
	    text: string;
	    set_status: boolean;
	    message: string;
	    assigned: string;
	    assigned_name: string;
	    name: string;
	    matter_title: string;
	    written_at: number;
	    leaves_at: number;
	    state: string;
	    code: string;
	    reason: string;
	
	    static createFrom(source: any = {}) {
	        return new Unsent(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.kind = source["kind"];
	        this.matter = source["matter"];
	        this.participant = source["participant"];
	        this.text = source["text"];
	        this.set_status = source["set_status"];
	        this.message = source["message"];
	        this.assigned = source["assigned"];
	        this.assigned_name = source["assigned_name"];
	        this.name = source["name"];
	        this.matter_title = source["matter_title"];
	        this.written_at = source["written_at"];
	        this.leaves_at = source["leaves_at"];
	        this.state = source["state"];
	        this.code = source["code"];
	        this.reason = source["reason"];
	    }
	}
	export class StatusPeriod {
	    message: string;
	    version: number;
	    text: string;
	    set_by_name: string;
	    set_at: number;
	    ended_at: number;
	
	    static createFrom(source: any = {}) {
	        return new StatusPeriod(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.message = source["message"];
	        this.version = source["version"];
	        this.text = source["text"];
	        this.set_by_name = source["set_by_name"];
	        this.set_at = source["set_at"];
	        this.ended_at = source["ended_at"];
	    }
	}
	export class Message {
	    id: string;
	    author: string;
	    author_name: string;
	    author_detail: string;
	    mine: boolean;
	    from_participant: boolean;
	    text: string;
	    written_at: number;
	    sent_at: number;
	    version: number;
	    delivery: string;
	    leaves_at: number;
	    code: string;
	    reason: string;
	    status: string;
	
	    static createFrom(source: any = {}) {
	        return new Message(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.author = source["author"];
	        this.author_name = source["author_name"];
	        this.author_detail = source["author_detail"];
	        this.mine = source["mine"];
	        this.from_participant = source["from_participant"];
	        this.text = source["text"];
	        this.written_at = source["written_at"];
	        this.sent_at = source["sent_at"];
	        this.version = source["version"];
	        this.delivery = source["delivery"];
	        this.leaves_at = source["leaves_at"];
	        this.code = source["code"];
	        this.reason = source["reason"];
	        this.status = source["status"];
	    }
	}
	export class Chat {
	    matter: string;
	    participant: string;
	    name: string;
	    role: string;
	    other_side: boolean;
	    joined: boolean;
	    removed: boolean;
	    closed_at: number;
	    messages: Message[];
	    more: boolean;
	    newer: boolean;
	    read_upto: number;
	    their_read_upto: number;
	    their_read_at: number;
	    statuses: StatusPeriod[];
	    decisions: Unsent[];
	    draft: Draft;
	    reminder_at: number;
	
	    static createFrom(source: any = {}) {
	        return new Chat(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.matter = source["matter"];
	        this.participant = source["participant"];
	        this.name = source["name"];
	        this.role = source["role"];
	        this.other_side = source["other_side"];
	        this.joined = source["joined"];
	        this.removed = source["removed"];
	        this.closed_at = source["closed_at"];
	        this.messages = this.convertValues(source["messages"], Message);
	        this.more = source["more"];
	        this.newer = source["newer"];
	        this.read_upto = source["read_upto"];
	        this.their_read_upto = source["their_read_upto"];
	        this.their_read_at = source["their_read_at"];
	        this.statuses = this.convertValues(source["statuses"], StatusPeriod);
	        this.decisions = this.convertValues(source["decisions"], Unsent);
	        this.draft = this.convertValues(source["draft"], Draft);
	        this.reminder_at = source["reminder_at"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class Hit {
	    kind: string;
	    matter: string;
	    matter_title: string;
	    participant: string;
	    message: string;
	    version: number;
	    delivery: string;
	    title: string;
	    by: string;
	    snippet: string;
	    at: number;
	
	    static createFrom(source: any = {}) {
	        return new Hit(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.kind = source["kind"];
	        this.matter = source["matter"];
	        this.matter_title = source["matter_title"];
	        this.participant = source["participant"];
	        this.message = source["message"];
	        this.version = source["version"];
	        this.delivery = source["delivery"];
	        this.title = source["title"];
	        this.by = source["by"];
	        this.snippet = source["snippet"];
	        this.at = source["at"];
	    }
	}
	export class Found {
	    hits: Hit[];
	    problem: string;
	
	    static createFrom(source: any = {}) {
	        return new Found(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.hits = this.convertValues(source["hits"], Hit);
	        this.problem = source["problem"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class FoundMessage {
	    message: string;
	    version: number;
	
	    static createFrom(source: any = {}) {
	        return new FoundMessage(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.message = source["message"];
	        this.version = source["version"];
	    }
	}
	export class FoundMessages {
	    found: FoundMessage[];
	    more: boolean;
	
	    static createFrom(source: any = {}) {
	        return new FoundMessages(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.found = this.convertValues(source["found"], FoundMessage);
	        this.more = source["more"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class ParticipantRow {
	    id: string;
	    name: string;
	    role: string;
	    other_side: boolean;
	    joined: boolean;
	    removed: boolean;
	    invited_until: number;
	    link_blocked: number;
	    account: string;
	    email: string;
	    detail: string;
	    reset_at: number;
	    reset_by: string;
	    unread: number;
	
	    static createFrom(source: any = {}) {
	        return new ParticipantRow(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.role = source["role"];
	        this.other_side = source["other_side"];
	        this.joined = source["joined"];
	        this.removed = source["removed"];
	        this.invited_until = source["invited_until"];
	        this.link_blocked = source["link_blocked"];
	        this.account = source["account"];
	        this.email = source["email"];
	        this.detail = source["detail"];
	        this.reset_at = source["reset_at"];
	        this.reset_by = source["reset_by"];
	        this.unread = source["unread"];
	    }
	}
	export class Matter {
	    id: string;
	    reference: string;
	    title: string;
	    type: string;
	    opened_at: number;
	    closed_at: number;
	    assigned: string;
	    assigned_name: string;
	    mine: boolean;
	    team: string[];
	    participants: ParticipantRow[];
	    assigning?: Unsent;
	
	    static createFrom(source: any = {}) {
	        return new Matter(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.reference = source["reference"];
	        this.title = source["title"];
	        this.type = source["type"];
	        this.opened_at = source["opened_at"];
	        this.closed_at = source["closed_at"];
	        this.assigned = source["assigned"];
	        this.assigned_name = source["assigned_name"];
	        this.mine = source["mine"];
	        this.team = source["team"];
	        this.participants = this.convertValues(source["participants"], ParticipantRow);
	        this.assigning = this.convertValues(source["assigning"], Unsent);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class MatterRow {
	    id: string;
	    reference: string;
	    title: string;
	    type: string;
	    mine: boolean;
	    last_by: string;
	    last_text: string;
	    last_at: number;
	    unread: number;
	    closed_at: number;
	
	    static createFrom(source: any = {}) {
	        return new MatterRow(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.reference = source["reference"];
	        this.title = source["title"];
	        this.type = source["type"];
	        this.mine = source["mine"];
	        this.last_by = source["last_by"];
	        this.last_text = source["last_text"];
	        this.last_at = source["last_at"];
	        this.unread = source["unread"];
	        this.closed_at = source["closed_at"];
	    }
	}
	
	
	
	export class UnansweredRow {
	    matter: string;
	    title: string;
	    assigned_name: string;
	    mine: boolean;
	    participant: string;
	    name: string;
	    role: string;
	    text: string;
	    since: number;
	
	    static createFrom(source: any = {}) {
	        return new UnansweredRow(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.matter = source["matter"];
	        this.title = source["title"];
	        this.assigned_name = source["assigned_name"];
	        this.mine = source["mine"];
	        this.participant = source["participant"];
	        this.name = source["name"];
	        this.role = source["role"];
	        this.text = source["text"];
	        this.since = source["since"];
	    }
	}

}

export namespace session {
	
	export class Freshness {
	    state: string;
	    as_of: number;
	    done: number;
	    total: number;
	    problem: string;
	    next: string;
	    code: string;
	    warning: string;
	    waiting: number;
	    refused: number;
	    undecided: number;
	    mended: string;
	
	    static createFrom(source: any = {}) {
	        return new Freshness(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.state = source["state"];
	        this.as_of = source["as_of"];
	        this.done = source["done"];
	        this.total = source["total"];
	        this.problem = source["problem"];
	        this.next = source["next"];
	        this.code = source["code"];
	        this.warning = source["warning"];
	        this.waiting = source["waiting"];
	        this.refused = source["refused"];
	        this.undecided = source["undecided"];
	        this.mended = source["mended"];
	    }
	}

}

