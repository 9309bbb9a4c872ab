/**
 * Holds our hand-written shapes (types.ts, which say what the wire means) against the server's own description (openapi.d.ts, made by
 * `npm run types`): a member that the server does not have, or has in another type, does not compile. Nothing of this is in the bundle.
 */
import type { components } from './openapi';
import type * as ours from './types';

type Theirs = components['schemas'];

/** A member may be null or missing on the wire where we say so; numbers and unions of words are compared by what they are made of. */
type Plain<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T extends readonly (infer Item)[] ? Plain<Item>[] : T extends object ? { [Name in keyof T]-?: Plain<NonNullable<T[Name]>> } : T;

/** The members that we know and the server lacks or types differently; `never` when the two agree. */
type Differences<Our extends object, Their extends object> = {
  [Name in keyof Required<Our>]: Name extends keyof Required<Their>
    ? Plain<NonNullable<Required<Their>[Name]>> extends Plain<NonNullable<Required<Our>[Name]>> ? never : Name
    : Name;
}[keyof Required<Our>];

type Agree<Difference extends never> = Difference;

export type Contract = [
  Agree<Differences<ours.Me, Theirs['MyAccount']>>,
  Agree<Differences<ours.Child, Theirs['Child']>>,
  Agree<Differences<ours.Consent, Theirs['ConsentView']>>,
  Agree<Differences<ours.DeviceLink, Theirs['DeviceLink']>>,
  Agree<Differences<ours.NewDeviceLink, Theirs['NewDeviceLink']>>,
  Agree<Differences<ours.StreamKey, Theirs['StreamKeyShape']>>,
  Agree<Differences<ours.NewStreamKey, Theirs['NewStreamKey']>>,
  Agree<Differences<ours.WantedStreamKey, Theirs['WantedStreamKey']>>,
  Agree<Differences<ours.ApiKey, Theirs['ApiKeyShape']>>,
  Agree<Differences<ours.NewApiKey, Theirs['NewApiKey']>>,
  Agree<Differences<ours.WantedApiKey, Theirs['WantedApiKey']>>,
  Agree<Differences<ours.Endpoint, Theirs['EndpointShape']>>,
  Agree<Differences<ours.NewEndpoint, Theirs['EndpointSecret']>>,
  Agree<Differences<ours.WantedEndpoint, Theirs['WantedEndpoint']>>,
  Agree<Differences<ours.Delivery, Theirs['DeliveryShape']>>,
  Agree<Differences<ours.Integrator, Theirs['Integrator']>>,
  Agree<Differences<ours.SandboxPeople, Theirs['SandboxView']>>,
  Agree<Differences<ours.GuestLink, Theirs['GuestLinkShape']>>,
  Agree<Differences<ours.NewGuestLink, Theirs['NewGuestLink']>>,
  Agree<Differences<ours.Tutor, Theirs['ListedTutor']>>,
  Agree<Differences<ours.Availability, Theirs['AvailabilityAnswer']>>,
  Agree<Differences<ours.Slots, Theirs['SlotsAnswer']>>,
  Agree<Differences<ours.Booking, Theirs['BookingView']>>,
  Agree<Differences<ours.Lesson, Theirs['LessonView']>>,
  Agree<Differences<ours.TimelineItem, Theirs['TimelineItem']>>,
  Agree<Differences<ours.LessonMeeting, Theirs['MeetingStoryView']>>,
  Agree<Differences<ours.Connection, Theirs['ConnectionView']>>,
  Agree<Differences<ours.MeetingPreferences, Theirs['MeetingPreferences']>>,
  Agree<Differences<ours.MentorRequest, Theirs['MentorRequestAnswer']>>,
  Agree<Differences<ours.Match, Theirs['MatchAnswer']>>,
  Agree<Differences<ours.ProjectionState, Theirs['ProjectionView']>>,
  Agree<Differences<ours.Errand, Theirs['ErrandView']>>,
];
