/**
 * The wire by the names that the pages use, made of the server's own description (openapi.d.ts, by `npm run types`). Where that says "a string" and
 * means one of a few words, the words stand here: the server may learn new ones, so that the description does not name them for ever.
 */
import type { components } from './openapi';

type Theirs = components['schemas'];

/** Members of a shape as the description has them; what it has not, nothing is. */
type Of<Shape, Names extends PropertyKey> = { [Name in Names]?: Name extends keyof Shape ? Shape[Name] : never };

/** A shape of the description, with members that say more than theirs; one that they do not have, or have in another type, does not compile. */
export type Told<Name extends keyof Theirs, Narrower extends Of<Theirs[Name], keyof Narrower> = object> = Omit<Theirs[Name], keyof Narrower> & Narrower;

export interface List<T> {
  items: T[];
}

export interface Page<T> extends List<T> {
  next: string | null;
}

export type Role = 'tutor' | 'student' | 'guardian' | 'admin' | 'integrator';
export type Me = Told<'MyAccount', { roles: Role[] }>;
export type ChildOfMe = Told<'ChildOfMine'>;
export type Child = Told<'Child'>;
export type Consent = Told<'ConsentView'>;
export type DeviceLink = Told<'DeviceLink'>;
export type NewDeviceLink = Told<'NewDeviceLink'>;

/** A key by which a program such as OBS, or a player, comes into one lesson. */
export type StreamKey = Told<'StreamKeyShape'>;
export type NewStreamKey = Told<'NewStreamKey'>;
export type WantedStreamKey = Told<'WantedStreamKey'>;

/** An address by which guests come before a lesson's door; `goodUntil` moves with the lesson. */
export type GuestLink = Told<'GuestLinkShape'>;
export type NewGuestLink = Told<'NewGuestLink'>;

export type Level = 'beginner' | 'intermediate' | 'advanced';
export type Tutor = Told<'ListedTutor', { levels: Level[] }>;

export type Window = Told<'Hours'>;
export type WeeklyWindow = Told<'WeeklyHours'>;
export type DayOverride = Told<'HoursOnDate'>;
export type Travel = Told<'Travel'>;
export type Availability = Told<'AvailabilityAnswer'>;
export type Slot = Told<'SlotAnswer'>;
export type Slots = Told<'SlotsAnswer'>;
export type SlotPreview = Told<'SlotWish'>;

export type BookingState = 'requested' | 'confirmed' | 'declined' | 'cancelled' | 'expired';
export type Booking = Told<'BookingView', { state: BookingState }>;

/** A weekly lesson; its lessons and what clocks do to them only of one alone. */
export type Series = Told<'SeriesView', { state: BookingState }>;
export type SeriesLesson = Told<'SeriesLesson'>;
export type SeriesNote = Told<'SeriesNote'>;
export type SeriesOutlook = Told<'SeriesOutlook'>;
export type WantedSeries = Told<'WantedSeries'>;

export type LessonState = 'scheduled' | 'started' | 'ended' | 'cancelled';
export type MeetingState = Theirs['MeetingState'];
export type Lesson = Told<'LessonView', { state: LessonState; meeting: Told<'MeetingView', { state: MeetingState }> }>;
export type LocalPair = Pick<Theirs['TimelineTime'], 'tutorLocal' | 'studentLocal'>;
export type TimelineItem = Told<'TimelineItem'>;

export type IceServer = Told<'IceServer', { username?: string; credential?: string }>;
/** The way into a lesson's room, or the address of where it is held. */
export type Door = Told<'LessonDoor', { iceServers?: IceServer[] | null }>;
export type GuestVisit = Told<'GuestVisit', { door: Door }>;

export type ProviderName = 'built-in' | 'zoom' | 'google-meet' | 'jitsi';

/** A tutor's own account; dead: the provider no longer honours it, and only the tutor can connect it again. */
export type OwnAccount = Told<'OwnAccount', { state: 'live' | 'dead' }>;

/** One way of meeting, and with whose account a tutor's lessons are held there. */
export type Connection = Told<'ConnectionView', {
  provider: ProviderName;
  account: 'own' | 'school' | 'none';
  needs: 'connect' | 'reconnect' | 'school' | null;
  own?: OwnAccount | null;
}>;
export type MeetingPreferences = Told<'MeetingPreferences', { order: ProviderName[] }>;
export type ProviderReason = Told<'ProviderReason'>;

/** Where a lesson is held, and why there. */
export type LessonMeeting = Told<'MeetingStoryView'>;

export type MentorRequest = Told<'MentorRequestAnswer', { level: Level }>;
export type ScorePart = Told<'ScorePart'>;
export type Match = Told<'MatchAnswer'>;

export type Health = Told<'HealthReport'>;
export type ProjectionState = Told<'ProjectionView'>;
export type Errand = Told<'ErrandView'>;

export type ApiScope =
  | 'people:read' | 'people:write' | 'availability:read' | 'availability:write' | 'bookings:read' | 'bookings:write' | 'lessons:read' | 'events:read'
  | 'webhooks:manage' | 'sandbox:manage';
export type ApiKey = Told<'ApiKeyShape', { scopes: ApiScope[] }>;
export type WantedApiKey = Told<'WantedApiKey', { scopes: ApiScope[] }>;
/** The only sight of a key. */
export type NewApiKey = Told<'NewApiKey'>;

/** An address to which Muse posts what happens. Disabled: somebody asked for it, it answered 410, it took nothing for five days. */
export type Endpoint = Told<'EndpointShape', { disabled: 'asked' | 'gone' | 'failing' | null }>;
export type WantedEndpoint = Told<'WantedEndpoint'>;
/** The only sight of an endpoint's secret. */
export type NewEndpoint = Told<'EndpointSecret'>;

export type DeliveryState = 'waiting' | 'delivered' | 'failed';
export type Attempt = Told<'AttemptShape', { error: 'timeout' | 'name_not_found' | 'not_reached' | 'tls' | 'bad_answer' | 'no_secret' | null }>;
/** One event to one endpoint; the id is its `webhook-id`. */
export type Delivery = Told<'DeliveryShape', { state: DeliveryState; log?: Attempt[] | null }>;

export type Integrator = Told<'Integrator'>;
/** Invented people on whom test keys work; none of them before it is filled. */
export type SandboxPeople = Told<'SandboxView'>;
