/** The wire, as docs/api.md fixes it. Instants end in Z; `…Local` values are local times with a numeric offset. */

export type Role = 'tutor' | 'student' | 'guardian' | 'admin' | 'integrator';

export interface List<T> {
  items: T[];
  next?: string | null;
}

export interface ChildOfMe {
  studentId: string;
  personId: string;
  displayName: string;
  timeZone: string;
  country: string;
}

export interface Me {
  id: string;
  displayName: string;
  email?: string | null;
  roles: Role[];
  tutorId?: string | null;
  studentId?: string | null;
  guardianId?: string | null;
  country: string;
  timeZone: string;
  locale: string;
  children: ChildOfMe[];
}

export interface Child extends ChildOfMe {
  birthDate: string;
  locale: string;
  version: number;
}

/** What a person has agreed to, or a guardian for a child. */
export interface Consent {
  personId: string;
  purpose: 'recording';
  given: boolean;
  givenAt?: string | null;
  by?: { personId: string; displayName: string; voice: 'own' | 'guardian' } | null;
  /** Whether the reader may give and take back. */
  mayDecide: boolean;
  /** 0 before the first word. */
  version: number;
  /** Days after which what was recorded is deleted, once it is taken back. */
  keptRevokedDays: number;
}

export interface DeviceLink {
  id: string;
  createdAt: string;
  expiresAt: string;
  usedAt?: string | null;
}

export interface NewDeviceLink {
  id: string;
  link: string;
  expiresAt: string;
}

/** A key by which a program such as OBS, or a player, comes into one lesson. */
export interface StreamKey {
  id: string;
  use: 'publish' | 'watch';
  madeBy: string;
  isOwn: boolean;
  listeners: number;
  /** How many run by it now. */
  sessions: number;
  url: string;
  madeAt: string;
  expiresAt: string;
  usedAt?: string | null;
}

export interface NewStreamKey {
  id: string;
  use: 'publish' | 'watch';
  listeners: number;
  /** Shown once. */
  token: string;
  url: string;
  expiresAt: string;
}

export interface WantedStreamKey {
  use: 'publish' | 'watch';
  listeners?: number;
}

/** An address by which guests come before a lesson's door; `goodUntil` moves with the lesson. */
export interface GuestLink {
  id: string;
  madeAt: string;
  goodUntil: string;
  /** How many have come in by it. */
  guests: number;
}

export interface NewGuestLink {
  id: string;
  link: string;
  madeAt: string;
  goodUntil: string;
}

export type Level = 'beginner' | 'intermediate' | 'advanced';

export interface Tutor {
  id: string;
  displayName: string;
  timeZone: string;
  instruments: string[];
  languages: string[];
  levels: Level[];
  introduction: string;
  durationsMinutes: number[];
  proBono: boolean;
}

export interface Window {
  /** `HH:mm`. */
  start: string;
  /** `HH:mm` or `24:00`; at or before `start` it lies on the next day. */
  end: string;
}

export interface WeeklyWindow extends Window {
  /** ISO weekday, 1 = Monday … 7 = Sunday, of the day on which the window starts. */
  day: number;
}

export interface DayOverride {
  date: string;
  /** None, or left out: closed that day. */
  windows?: Window[] | null;
}

export interface Travel {
  zone: string;
  fromDate: string;
  toDate: string;
}

export interface Availability {
  timeZone: string;
  weekly: WeeklyWindow[];
  overrides: DayOverride[];
  travel: Travel[];
  durationsMinutes: number[];
  /** Null: the lesson's length. */
  stepMinutes: number | null;
  bufferBeforeMinutes: number;
  bufferAfterMinutes: number;
  minimumNoticeMinutes: number;
  horizonDays: number;
}

export interface Slot {
  start: string;
  end: string;
  tutorLocal: string;
  viewerLocal: string;
}

export interface Slots {
  timeZoneDatabase: string;
  slots: Slot[];
}

export interface SlotPreview {
  tutorZone: string;
  viewerZone: string;
  weekly: WeeklyWindow[];
  fromDate: string;
  toDate: string;
  durationMinutes: number;
  stepMinutes: number;
  overrides: DayOverride[];
  travel: Travel[];
  bufferBeforeMinutes: number;
  bufferAfterMinutes: number;
}

export type BookingState = 'requested' | 'confirmed' | 'declined' | 'cancelled' | 'expired';

export interface Booking {
  id: string;
  tutorId: string;
  studentId: string;
  tutorName: string;
  studentName: string;
  state: BookingState;
  start: string;
  end: string;
  tutorLocal: string;
  studentLocal: string;
  tutorTimeZone: string;
  studentTimeZone: string;
  durationMinutes: number;
  expiresAt?: string | null;
  lessonId?: string | null;
  version: number;
}

export type LessonState = 'scheduled' | 'started' | 'ended' | 'cancelled';
export type MeetingState = 'arranging' | 'ready' | 'failed' | 'no_provider_allowed' | 'withdrawn';

export interface Lesson {
  id: string;
  bookingId: string;
  tutorId: string;
  studentId: string;
  tutorName: string;
  studentName: string;
  start: string;
  end: string;
  tutorLocal: string;
  studentLocal: string;
  tutorTimeZone: string;
  studentTimeZone: string;
  state: LessonState;
  link: string;
  joinOpensAt: string;
  meeting: { provider?: string | null; state: MeetingState };
  /** For whom nobody has agreed to be recorded. */
  recordingConsent: { everybody: boolean; missing: ('tutor' | 'student')[] };
  /** New zone rules put it over another lesson. */
  clashes?: boolean;
}

export interface LocalPair {
  start?: string;
  tutorLocal: string;
  studentLocal: string;
}

export interface TimelineItem {
  at: string;
  /** The event's name, such as `booking_confirmed`. */
  type: string;
  who?: string | null;
  role?: string | null;
  why?: string | null;
  old?: LocalPair | null;
  new?: LocalPair | null;
  /** `at` in both zones. */
  tutorLocal: string;
  studentLocal: string;
}

export type Joining =
  | { provider: 'built-in'; room: string; ticket: string; iceServers: RTCIceServer[]; signalUrl: string }
  /** unanswered: the provider did not answer just now, and the address may lead to nothing. */
  | { provider: string; joinUrl: string; unanswered?: boolean };

export type ProviderName = 'built-in' | 'zoom' | 'google-meet' | 'jitsi';

/** A tutor's own account; dead: the provider no longer honours it, and only the tutor can connect it again. */
export interface OwnAccount {
  state: 'live' | 'dead';
  connectedAt: string;
  label?: string | null;
  diedAt?: string | null;
  code?: string | null;
  /** Of Jitsi only: when its server was shown the keys and took them; absent where it lets nobody try. */
  keysTakenAt?: string | null;
  /** Of Jitsi only: when somebody was first sent to a lesson there. */
  triedAt?: string | null;
}

/** One way of meeting, and with whose account a tutor's lessons are held there. */
export interface Connection {
  provider: ProviderName;
  account: 'own' | 'school' | 'none';
  needs: 'connect' | 'reconnect' | 'school' | null;
  canConnect: boolean;
  own?: OwnAccount | null;
  records: boolean;
  musicMode: boolean;
  waitingRoom: boolean;
  seats: number;
  /** ISO 3166-1 alpha-2. */
  notIn: string[];
}

export interface MeetingPreferences {
  /** Best first; those not named follow in the school's order. */
  order: ProviderName[];
  musicMode: boolean;
  recording: boolean;
}

export interface ProviderReason {
  provider: string;
  verdict: 'chosen' | 'reserve' | 'last_resort' | 'ruled_out';
  code: string;
}

/** Where a lesson is held, and why there. */
export interface LessonMeeting {
  provider?: string | null;
  state: MeetingState;
  /** A provider may be listed although it is no longer set up. */
  reasons: ProviderReason[];
  /** First to last: what did not work, and where. */
  failures: { type: string; provider: string; code: string; at: string }[];
  /** When it was last known to be at the provider as it should be. */
  seenAt?: string | null;
  /** Whose account holds it: told to the tutor, and null in the built-in room. */
  account?: 'school' | 'tutor' | null;
  /** When all were last asked anew: what failed before is no reason for what is now. */
  triedAgainAt?: string | null;
}

export interface MentorRequest {
  id: string;
  studentId: string;
  instrument: string;
  level: Level;
  languages: string[];
  timeZone: string;
  wishedHours: WeeklyWindow[];
  durationMinutes: number;
}

export interface ScorePart {
  name: string;
  /** 0 … 1. */
  score: number;
  weight: number;
  detail?: string | null;
}

export interface Match {
  tutorId: string;
  displayName: string;
  /** 0 … 1. */
  score: number;
  parts: ScorePart[];
  freeMinutesPerWeek: number;
  nextSlots: Slot[];
}

export interface Health {
  status: string;
  database: unknown;
  migrations: unknown;
  projections: ProjectionState[];
  errands: { waiting: number; dead: number };
  media: { state: string; port?: number | null };
}

export interface ProjectionState {
  name: string;
  position: number;
  behind: number;
  stopped?: { sequence: number; error: string } | null;
}

export interface Errand {
  id: string;
  kind: string;
  state?: string;
  attempts: number;
  dueAt?: string | null;
  createdAt?: string | null;
  lastError?: string | null;
  causedBy?: string | null;
}

export type ApiScope =
  | 'people:read' | 'people:write' | 'availability:read' | 'availability:write' | 'bookings:read' | 'bookings:write' | 'lessons:read' | 'events:read'
  | 'webhooks:manage' | 'sandbox:manage';

export interface ApiKey {
  id: string;
  ownerId: string;
  ownerName: string;
  name: string;
  scopes: ApiScope[];
  /** It works on the owner's sandbox only. */
  test: boolean;
  madeAt: string;
  expiresAt?: string | null;
  /** To the minute. */
  usedAt?: string | null;
  rotatedAt?: string | null;
  /** While the secret before the last rotation still works. */
  oldUntil?: string | null;
}

export interface WantedApiKey {
  name: string;
  scopes: ApiScope[];
  test?: boolean;
  expiresAt?: string;
}

/** The only sight of a key. */
export interface NewApiKey {
  id: string;
  secret: string;
  oldUntil?: string | null;
}

/** An address to which Muse posts what happens. */
export interface Endpoint {
  id: string;
  url: string;
  /** Empty: all. */
  types: string[];
  /** It hears of the owner's sandbox only. */
  test: boolean;
  madeAt: string;
  /** Why nothing is sent: somebody asked for it, it answered 410, it took nothing for five days. */
  disabled?: 'asked' | 'gone' | 'failing' | null;
  disabledAt?: string | null;
  /** Nothing was taken since. */
  failingSince?: string | null;
  /** While it is signed with two secrets. */
  oldSecretUntil?: string | null;
  version: number;
}

export interface WantedEndpoint {
  url: string;
  types?: string[];
  test?: boolean;
}

/** The only sight of an endpoint's secret. */
export interface NewEndpoint {
  id: string;
  secret: string;
  oldUntil?: string | null;
}

export type DeliveryState = 'waiting' | 'delivered' | 'failed';

export interface Attempt {
  number: number;
  at: string;
  durationMs: number;
  status?: number | null;
  error?: 'timeout' | 'name_not_found' | 'not_reached' | 'tls' | 'bad_answer' | 'no_secret' | null;
}

/** One event to one endpoint; the id is its `webhook-id`. */
export interface Delivery {
  id: string;
  endpointId: string;
  type: string;
  state: DeliveryState;
  madeAt: string;
  dueAt?: string | null;
  attempts: number;
  lastStatus?: number | null;
  lastError?: string | null;
  /** Both of one delivery, and not in lists. */
  body?: string | null;
  log?: Attempt[] | null;
}

export interface Integrator {
  personId: string;
  displayName: string;
  email: string;
}

/** Invented people on whom test keys work; none of them before it is filled. */
export interface SandboxPeople {
  tutors: { tutorId: string; displayName: string; timeZone: string }[];
  /** With a guardian it is a child. */
  students: { studentId: string; displayName: string; timeZone: string; guardianId?: string }[];
}
