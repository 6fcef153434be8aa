// The shapes that travel: records of /sync/v1 ("d" of a change) and answers of /api/v1. Never served, only for the type checker.

export type Id = string; // a UUIDv7 as 22 characters of base64url
export type Instant = string; // ISO 8601 with offset

export interface Home {
  household: Id;
  householdName: string;
  association: Id;
  associationName: string;
  block: Id;
  blockName: string;
}
export interface Seat {
  id: Id;
  role: string;
  title: string;
  association: Id | null;
  block: Id | null;
  begins: string | null;
  ends: string | null;
}
export interface Person {
  id: Id;
  name: string;
}
export interface Device {
  id: Id;
  name: string;
  number: string;
}
export interface City {
  name: string;
  contact: string;
  demo: boolean;
}
/** Whose phone this is, as the enrolment said; in `meta`. */
export interface Identity {
  person: Person;
  device: Device;
}
/** The same with all that sync tells. */
export interface Me extends Identity {
  city: City;
  homes: Home[];
  seats: Seat[];
  /** Seats that begin on a later day; they give no right before it. */
  coming: Seat[];
  /** Homes of others for which this person speaks today. */
  acts: ActsHome[];
}
/** A home that somebody speaks for, because `forWhom` lives there and asked them to. */
export interface ActsHome extends Home {
  forWhom: string;
  may: ("receive" | "stamp" | "answer")[];
}
export interface ProxyRecord {
  proxy: Id;
  represented: Person;
  /** None while it is an invitation; then `name` is whom it is for. */
  person: Person | null;
  name: string;
  homes: Home[];
  basis: "family" | "commissioner" | "leader" | "other";
  whats: ("receive" | "stamp" | "answer")[];
  /** Minutes. */
  hearAfter: number | null;
  begins: string;
  until: string;
  consent: "phone" | "paper";
  recordedBy: Person;
  recordedAt: Instant;
  codeUntil: Instant | null;
}
/** The morning's press, of who wants it. */
export interface Greeting {
  until: string;
  awayTo: string | null;
  pressedFor: string | null;
  pressedAt: Instant | null;
}
/** Steers messages, never what is seen. `topics`: those of which no message is wanted are false. */
export interface Preferences {
  locale: string;
  topics: Record<string, boolean>;
  area: Id | null;
  quietHours: { from: string; to: string } | null;
  digest: { every: "now" | "daily" | "weekly"; hour: number; day: number };
}
export interface Association {
  name: string;
  slug: string;
  contact: string;
  /** The city's circulars go on without a press. */
  forwardsByItself?: boolean;
}
export interface Block {
  association: Id;
  name: string;
  position: number;
}
export interface Attachment {
  sha256: string;
  name: string;
  type: string;
  size: number;
}
export type NoticeKind = "notice" | "circular" | "emergency" | "exercise" | "safety-check";
export type Step = "first" | "update" | "all-clear";
/** By language, beside Japanese: ja-easy, en, zh, ko. */
export type Translations = Record<string, { title: string; body: string }>;
/** What a notice says of its place in a chain, and in which languages. */
export interface Chained {
  /** The first message, of a follow-up or an all-clear. */
  refersTo?: Id | null;
  step?: Step;
  translations?: Translations;
}

export interface FormQuestion {
  id: string;
  asks: "one" | "many" | "text" | "vote";
  text: string;
  needed: boolean;
  options: { id: string; text: string }[];
}
/** What a notice asks. */
export interface FormShape {
  kind: "attendance" | "survey" | "assembly";
  per: "household" | "person";
  secret: boolean;
  places: number | null;
  questions: FormQuestion[];
}
/** `people`: how many come, 0 nobody. `letter`: a proxy letter, to the chair or to somebody. */
export interface FormSaid {
  answers: Record<string, string | string[]>;
  people: number | null;
  letter: "chair" | { id?: Id; name: string } | null;
}
/** Record "form-answers". The client writes it without `how`, `by` and what follows from it. */
export interface FormAnswer extends FormSaid {
  notice: Id;
  whose: Id;
  household: Id;
  at: Instant;
  how?: "app" | "paper";
  by?: Person;
  proxy?: boolean;
  place?: "given" | "waiting" | null;
  line?: number | null;
  again?: boolean;
  /** Of a secret form: that the home has answered, and not what. */
  hidden?: boolean;
  entered?: boolean;
}
/** How a form stands; `hidden`: secret, and not closed. */
export interface FormCounts {
  answered: number;
  asked?: number;
  hidden?: boolean;
  questions?: Record<string, Record<string, number>>;
  places?: number | null;
  [sum: string]: unknown;
}
/** Of GET /api/v1/notices/{id}/form. */
export interface FormRow {
  block: string;
  walk: number;
  home: string;
  whose: Id;
  name: string;
  answered: boolean;
  how?: "app" | "paper";
  at?: Instant;
  place?: "given" | "waiting" | null;
  answers?: Record<string, string | string[]>;
  people?: number | null;
  letter?: "chair" | { name: string } | null;
}
export interface FormStands {
  notice: Id;
  title: string;
  form: FormShape;
  closed?: boolean;
  counts?: FormCounts;
  rows: FormRow[];
}
/** Record "notices": what a resident's phone holds. */
export interface NoticeRecord extends Chained {
  notice: Id;
  /** null: the city's own. */
  association: Id | null;
  kind: NoticeKind;
  topic: string;
  title: string;
  body: string;
  files: Attachment[];
  deadline: string | null;
  expiresAt: Instant | null;
  publishedAt: Instant;
  correctedAt: Instant | null;
  revision: number;
  stampRound: number;
  from: { name: string; title: string };
  form?: FormShape;
  block?: Id;
  /** Of a safety check that has ended. */
  closedAt?: Instant;
}
export type SafetyState = "safe" | "need-help" | "family-safe" | "at-shelter";
export type SafetyColumn = "needHelp" | "missing" | "atShelter" | "safe";
/** What was said of a person, or of a whole home. */
export interface SafetySaid {
  state: SafetyState;
  note: string;
  place: string;
  at: Instant;
  by?: Person;
  how: "app" | "proxy" | "visit";
  late: boolean;
}
export interface SafetyRow {
  household: Id;
  name: string;
  /** false: moved in since, and said something all the same. */
  asked?: boolean;
  walk: number;
  paper: boolean;
  column: SafetyColumn;
  late: boolean;
  notHomeAt: Instant | null;
  /** The home that it has become a part of since. */
  livesIn?: { household: Id; name: string; walk: number; block: Id; blockName: string } | null;
  /** Nobody lives there any more. */
  gone?: boolean;
  whole: SafetySaid | null;
  people: { id: Id; name: string; column: SafetyColumn; said: SafetySaid | null }[];
}
export interface SafetyCounts {
  households: Record<SafetyColumn, number>;
  people: Record<SafetyColumn, number>;
}
/** Record "safety" of a block. */
export interface SafetyBoard extends SafetyCounts {
  notice: Id;
  block: Id;
  title: string;
  closedAt: Instant | null;
  rows: SafetyRow[];
}
/** Record "safety" of a city. */
export interface SafetyCity extends SafetyCounts {
  notice: Id;
  title: string;
  closedAt: Instant | null;
  associations: (SafetyCounts & { association: Id; name: string })[];
  needHelp: (SafetyRow & { association: Id; block: Id; blockName: string })[];
  /** How many more than these. */
  needHelpMore?: number;
}
/** Record "stamps". The client writes it without `how` and `by`. */
export interface Stamp {
  notice: Id;
  household: Id;
  round: number;
  at: Instant;
  how?: string;
  by?: Person;
  /** Somebody else pressed for the home. */
  proxy?: boolean;
}
export type VisitKind = "told" | "not-home" | "paper";
export interface Visit {
  notice: Id;
  household: Id;
  kind: VisitKind;
  at: Instant;
  by?: Person;
  /** The printed sheet that came back. */
  sheet?: Id;
}
/** Record "sheets": a print, as it went round. */
export interface SheetRecord {
  sheet: Id;
  notice: Id;
  block: Id;
  number: number;
  code: string;
  round: number;
  at: Instant;
  homes: { household: Id; name: string; walk: number }[];
}
/** Answer of POST /api/v1/notices/{id}/sheet. */
export interface PrintedSheet extends SheetRecord {
  blockName: string;
  /** For its QR. */
  url: string;
}
/** Record "consents": of one's own; the client writes it. */
export interface Consent {
  version: string;
  locale: string;
  at: Instant;
}
/** Record "looks": somebody opened a screen with the names of a block. The client writes it without `by`. */
export interface Look {
  block: Id;
  notice: Id | null;
  at: Instant;
  by?: Person & { title: string };
}
/** Record "seats": names of office holders. */
export interface SeatRecord {
  association: Id;
  role: string;
  title: string;
  block: Id | null;
  holders: string[];
}
/** `onPaper`: without a channel because it gets paper; the server counts it as noChannel. */
export type Grade = "noChannel" | "onPaper" | "planned" | "handedOver" | "onThePhone" | "stamped";
export type Grades = Record<Grade, number>;
export interface ReachRow {
  household: Id;
  name: string;
  walk: number | null;
  paper: boolean;
  grade: Grade;
  how: string | null;
  at: Instant | null;
  /** Who pressed, or told them. */
  byName?: string | null;
  notHomeAt?: Instant | null;
  /** Since when no channel brought a proof: to be told at the door. */
  doorAt?: Instant | null;
  /** Since when nobody brought a proof from its door either: the end of the ladder. */
  residualAt?: Instant | null;
  /** Nobody of the home is left. */
  gone?: boolean;
  /** The block it has moved to since. */
  nowIn?: Id | null;
  block?: Id;
}
export interface Hows {
  app: number;
  paper: number;
  told: number;
  /** By an answer to a safety check. */
  answer: number;
}
/** Record "reach". */
export interface ReachRecord {
  notice: Id;
  block: Id;
  households: number;
  grades: Record<Exclude<Grade, "onPaper">, number>;
  /** Of `noChannel`, those that get it on paper. */
  paper: number;
  /** Of `stamped`, by what proof; absent from records that an older server wrote. */
  hows?: Hows;
  /** Of `stamped`, for how many somebody else answered. */
  proxies?: number;
  /** Left at the end of the ladder; absent from records that an older server wrote. */
  residual?: number;
  rows: ReachRow[];
}
/** Answer of GET /api/v1/notices/{id}/reach to a clerk: `associations` of all, `blocks` of one association, `rows` of one block. */
export interface CityDoors {
  households: number;
  grades: Record<Exclude<Grade, "onPaper">, number>;
  paper: number;
  ladder: { atTheDoor: number; residual: number };
  associations: { association: Id; name: string; households: number; grades: Record<Exclude<Grade, "onPaper">, number> }[];
  blocks: { block: Id; name: string; households: number; grades: Record<Exclude<Grade, "onPaper">, number> }[];
  rows: ReachRow[];
}
/** Of many ledgers together. */
export interface Counts {
  households: number;
  grades: Record<Exclude<Grade, "onPaper">, number>;
  /** Of `noChannel`. */
  paper: number;
  hows: Hows;
  proxies: number;
  circulars: number;
}
/** Answer of GET /api/v1/cities/{id}/reach. */
export interface CityReach extends Counts {
  month: string;
  associations: (Counts & { association: Id; name: string })[];
}
/** Record "roster": for leaders and officers. */
export interface RosterRecord {
  household: Id;
  association: Id;
  block: Id;
  walk: number;
  name: string;
  street: string;
  paper: boolean;
  /** On paper only until somebody there opens the app. */
  paperByItself?: boolean;
  people: (Person & { phone: string })[];
}
export type Urgency = "ordinary" | "urgent" | "emergency";
export interface Forecast {
  households: number;
  withChannel: number;
  /** Only of this moment: not in records. */
  withinHalfHour?: number;
  paper: number;
  withoutChannel: number;
  /** Why, of `withoutChannel`; not in records either. */
  without?: Record<string, number>;
  /** Channels with fewer messages left this month than people who would hear by them; of a whole association, or of whom the city chose. */
  scarce?: { channel: string; people: number; left: number }[];
}
export type NoticeState = "draft" | "scheduled" | "held" | "published" | "withdrawn" | "expired";
export type Audience = "all" | { blocks: Id[] };

/** A notice as its officers see it: records "drafts" and, once it is out, "sent". */
export interface Notice extends Chained {
  id: Id;
  association: Id;
  /** The city's circular that it passes on. */
  circular?: Id | null;
  kind: NoticeKind;
  topic: string;
  title: string;
  body: string;
  urgency: Urgency;
  audience: Audience;
  files: Attachment[];
  form?: FormShape | null;
  deadline: string | null;
  expiresAt: Instant | null;
  state: NoticeState;
  revision: number;
  stampRound: number;
  author: { name: string; title: string };
  createdAt: Instant;
  publishAt: Instant | null;
  heldUntil: Instant | null;
  publishedAt: Instant | null;
  withdrawnAt: Instant | null;
  /** Why sending waits for an officer's word. */
  asks?: { reason: string; sentence: string } | null;
  forecast: Forecast | null;
}
/** An emergency or exercise, as who sounded it has it; of the city `association` is null. */
export interface Alarm extends Omit<Notice, "association" | "state"> {
  association: Id | null;
  state: NoticeState | "awaiting";
}
/** Which colleague was last at it: of GET /api/v1/notices/{id}. */
export interface LastHand {
  deed: "changed" | "sent" | "takenBack" | "thrown";
  own: boolean;
  name: string;
  title: string;
  at: Instant;
}
/** Of one exercise: answer of GET /api/v1/cities/{id}/exercises. Minutes by the share of all homes, null: never. */
export interface ExerciseFigures {
  title: string;
  publishedAt: Instant;
  households: number;
  handedOver: number;
  onThePhone: number;
  answered: number;
  minutesToHandOver: Record<string, number | null>;
  minutesToAnswer: Record<string, number | null>;
}
/** A city's circular as it is told to officers and clerks. */
export interface CircularSaid {
  circular: Id;
  kind: NoticeKind;
  topic: string;
  title: string;
  body: string;
  files: Attachment[];
  form?: FormShape | null;
  urgency: Urgency;
  deadline: Instant | null;
  expiresAt: Instant | null;
  revision: number;
  publishedAt: Instant | null;
  correctedAt: Instant | null;
}
export type PassageState = "received" | "forwarded" | "declined";
/** Record "circulations" of an officer: one circular in one association. */
export interface Passage extends CircularSaid {
  association: Id;
  city: string;
  state: PassageState;
  circularState: NoticeState;
  receivedAt: Instant;
  decidedAt: Instant | null;
  by: string | null;
  notice: Id | null;
  cover: string;
  ownDeadline: Instant | null;
  reason: string | null;
}
export interface CircularCounts {
  associations: number;
  received: number;
  forwarded: number;
  declined: number;
  households: number;
  grades: Record<Exclude<Grade, "onPaper">, number>;
}
/** Record "circulations" of a clerk: one circular with its totals. */
export interface CityCircular extends CircularSaid {
  audience: "all" | { associations?: Id[]; districts?: string[] };
  author: { name: string; title: string };
  state: NoticeState | "awaiting";
  createdAt: Instant;
  heldUntil: Instant | null;
  publishAt: Instant | null;
  withdrawnAt: Instant | null;
  counts: CircularCounts;
}
/** Of GET /api/v1/notices/{id}/circulations. */
export interface CircularRow {
  association: Id;
  name: string;
  district: string;
  state: PassageState;
  decidedAt: Instant | null;
  by: string | null;
  reason: string | null;
  households: number;
  grades: CircularCounts["grades"];
}
/** Of GET /api/v1/cities/{id}/load. */
export interface LoadOfAssociation {
  association: Id;
  name: string;
  district: string;
  forwardsByItself: boolean;
  households: number;
  city: number;
  own: number;
  blocks: { block: Id; name: string; notices: number }[];
}
/** Record "approvals": a notice of the city that waits, or waited, for a second person. */
export interface Approval extends Chained {
  notice: Id;
  revision: number;
  state: "awaiting" | "approved" | "refused" | "withdrawn";
  kind: NoticeKind;
  topic: string;
  title: string;
  body: string;
  /** Of a correction: what is out meanwhile. */
  before: { title: string; body: string } | null;
  urgency: Urgency;
  audience: "all" | { associations?: Id[]; districts?: string[] };
  files: Attachment[];
  form?: FormShape | null;
  deadline: string | null;
  expiresAt: Instant | null;
  publishAt: Instant | null;
  asked: { id: Id; name: string; title: string; at: Instant };
  decided: { id: Id; name: string; at: Instant } | null;
  /** Nobody answered, and whoever asked went on. */
  alone?: boolean;
  /** From when they may. */
  aloneAt?: Instant | null;
  reason: string | null;
  /** Null until it is counted. */
  forecast: (Pick<Forecast, "households" | "withChannel" | "paper" | "withoutChannel"> & { associations: number; people: number }) | null;
}
/** Answer of GET /api/v1/notices/{id}/deliveries. */
export interface Report {
  total: number;
  states: Record<string, number>;
  channels: ReportChannel[];
  rows: ReportRow[];
}
export interface ReportChannel {
  channel: string;
  total: number;
  states: Record<string, number>;
  reasons: { state: string; reason: string; deliveries: number }[];
}
export interface ReportRow {
  household: Id | null;
  name: string | null;
  channel: string;
  state: string;
  reason: string | null;
  at: Instant | null;
}
/** What an officer writes: the body of POST …/notices, and of a submission. */
export interface Writing {
  id: Id;
  association: Id;
  kind: NoticeKind;
  topic: string;
  title: string;
  body: string;
  urgency: Urgency;
  audience: Audience;
  files: { sha256: string; name: string }[];
  form?: FormShape;
  deadline: string | null;
  publish: boolean;
}
/** Of GET /api/v1/cities/{id}/alerts: one that came in, and what became of it. */
export interface AlertOfOthers {
  id: string;
  title: string;
  status: "Actual" | "Exercise" | "System" | "Test" | "Draft";
  urgency: string;
  severity: string;
  certainty: string;
  areas: string[];
  source: string;
  became: "draft" | "sent" | "ended" | "ignored";
  sentence: string | null;
  notice: string | null;
  noticeState: string | null;
  receivedAt: Instant;
  expiresAt: Instant | null;
}
/** Of the same answer: what goes out by itself. */
export interface AlertRule {
  id: string;
  sender: string;
  event: string;
  urgency: string;
  severity: string;
  certainty: string;
  audience: unknown;
  active: boolean;
  own: boolean;
  writtenBy: string;
  switchedBy: string | null;
}
/** Of GET /api/v1/operations/lanes: one destination, and what waits there by urgency. */
export interface LaneOfList {
  channel: string;
  lane: string;
  waiting: Record<string, number>;
  oldestDue: Instant | null;
  pausedUntil: Instant | null;
  troubles: number;
  lastOkAt: Instant | null;
  lastTroubleAt: Instant | null;
  alarm: string | null;
  sentence: string;
}
/** Of the same answer: a message of our own per channel, every five minutes, that must arrive. */
export interface CanaryOfList {
  channel: string;
  state: "well" | "waiting" | "red" | "unwatched" | "held";
  seenAt: Instant | null;
  sentence: string;
}
/** Of the same answer: a channel that counts what a month has. `most` null: as many as one likes; `left` null: or nobody knows. */
export interface QuotaOfList {
  channel: string;
  used: number;
  most: number | null;
  left: number | null;
  askedAt: Instant;
  sentence: string;
}
/** Answer of GET /api/v1/associations/{id}/reachability. */
export interface Unreachable {
  households: number;
  unreachable: number;
  homes: UnreachableHome[];
  /** Not counted above: on paper by themselves, until somebody there opens the app. */
  onPaper?: HomeOnPaper[];
  onPaperCount?: number;
}
export interface HomeOnPaper {
  household: Id;
  name: string;
  block: Id;
  blockName: string;
  walk: number;
  people: (Person & { slip: "none" | "open" | "used" })[];
}
export interface UnreachableHome extends HomeOnPaper {
  why: string;
  /** Twice, and the app was not opened. */
  asked?: boolean;
  /** What helps, best first: slip, mail, visit, paper. */
  remedies: string[];
}
export interface HouseholdOfList {
  id: Id;
  name: string;
  block: Id;
  walk: number;
  street: string;
  paper: boolean;
  paperByItself: boolean;
  people: PersonOfList[];
}
/** Record "changes": what has changed in a home. `takeBack`: until when an officer may take it back. */
export interface LifeChange {
  change: Id;
  association: Id;
  kind: string;
  at: Instant;
  by: Person | null;
  household: Person | null;
  people: Person[];
  block: Id | null;
  to: Id | null;
  other: Person | null;
  seats: string[];
  /** Seats of a handover to come that have lost their successor; older records are without it. */
  unfilled?: { title: string; begins: string }[];
  ended: boolean;
  toAssociation: Person | null;
  fromAssociation: Person | null;
  undone: boolean;
  takeBack: Instant | null;
}
/** What follows from such a change, or would. */
export interface Follows {
  kind: string;
  household: Id;
  people: Person[];
  seats: string[];
  /** Seats of a handover to come that have lost their successor; older records are without it. */
  unfilled?: { title: string; begins: string }[];
  ended: boolean;
  block: Id | null;
  to: Id | null;
  other: Id | null;
  openCirculars: number;
  phones: number;
  takesBack: boolean;
  change: Id | null;
}
export interface PersonOfList extends Person {
  /** When the record will be erased, as was asked; "" where it was not. */
  erasedAt: string;
  devices: (Device & { usedWeek: string })[];
  slip: "none" | "open" | "used";
}
/** Record "enrolments": for officers; a person without phone and slip has none. */
export interface Enrolment {
  association: Id;
  person: Id;
  devices: (Device & { usedWeek: string })[];
  slip: "none" | "open" | "used";
}
/** Record "devices": of one's own; `usedWeek` is a Monday. */
export interface DeviceRecord {
  name: string;
  number: string;
  createdAt: Instant;
  usedWeek: string;
}
export interface Ticket {
  id: Id;
  person: Id;
  name: string;
  household: string;
  block: string;
  code: string;
  url: string;
  expiresAt: Instant | null;
}
export interface OwnDevice extends Device {
  usedWeek: string;
  current: boolean;
}

/** One change of a page of /sync/v1/pull. */
export interface Change {
  t: string;
  id: string;
  s?: number;
  q?: number;
  r?: number;
  d?: unknown;
  x?: 1 | 2;
}
export interface Page {
  changes: Change[];
  more: boolean;
  cursor: string;
  check?: ({ s: number; q: number } & Sum)[];
  segments?: { sha256: string }[];
}
/** What the records of a scope add up to: how many, and the XOR of their marks as 16 hex digits. */
export interface Sum {
  n: number;
  x: string;
}
export interface Manifest extends Sum {
  scope: number;
  q: number;
  records: [t: string, id: string, r: number][];
}
/** Where this phone stands in the log, and for whom. */
export interface Position {
  cursor: string;
  generation: number;
  person: Id;
}
/** A record as it lies in IndexedDB; `g` is the generation that a resync leaves behind, `s` its scope, `h` its mark. */
export interface Row<T = unknown> {
  t: string;
  id: string;
  r: number;
  d: T;
  g: number;
  s: number;
  h: bigint | null;
}
export type OutboxState = "waiting" | "sent" | "rejected";
/** One press. `n` is its place in the queue. */
export interface OutboxEntry<T = unknown> {
  n: number;
  mid: string;
  person: Id;
  t: string;
  id: string;
  op: "put" | "delete";
  d: T;
  base: null;
  at: Instant;
  state: OutboxState;
  code?: string;
}
export interface PushResult {
  mid: string;
  id: string;
  status: "ok" | "conflict" | "rejected" | "retry";
  code?: string;
}
export interface Correction {
  t: string;
  id: string;
  code: string;
  message: string;
  at: Instant;
  said?: Said;
}
/** The words an officer wrote; both may be missing where they were never there. */
export interface Said {
  title: string | null;
  body: string | null;
  association?: Id;
}
