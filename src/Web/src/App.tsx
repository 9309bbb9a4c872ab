import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { Problem } from './api/problem';
import { session } from './api/session';
import { Device } from './account/Device';
import { SettingsPage } from './account/SettingsPage';
import { SetupPage } from './account/SetupPage';
import { SignedIn } from './account/SignedIn';
import { SignInPage } from './account/SignInPage';
import { SignUpPage } from './account/SignUpPage';
import { FrontDoor } from './home/FrontDoor';
import { GuestPage } from './guests/GuestPage';
import { BookingPage } from './lessons/BookingPage';
import { LessonPage } from './lessons/LessonPage';
import { LessonsPage } from './lessons/LessonsPage';
import { Placeholder } from './look/Loaded';
import { Broken } from './shell/Broken';
import { Localised } from './shell/Localised';
import { Frame } from './shell/Frame';
import { NotFoundPage } from './shell/NotFoundPage';

const GuestRoomPage = lazy(() => import('./guests/GuestRoomPage'));
const RoomPage = lazy(() => import('./room/RoomPage'));
const PreflightPage = lazy(() => import('./preflight/PreflightPage'));
const AvailabilityPage = lazy(() => import('./availability/AvailabilityPage'));
const ProfilePage = lazy(() => import('./profile/ProfilePage'));
const FindMentorPage = lazy(() => import('./mentors/FindMentorPage'));
const MatchesPage = lazy(() => import('./mentors/MatchesPage'));
const MeetingProvidersPage = lazy(() => import('./connections/MeetingProvidersPage'));
const DoorPage = lazy(() => import('./lessons/DoorPage'));
const TutorPage = lazy(() => import('./mentors/TutorPage'));
const ChildrenPage = lazy(() => import('./children/ChildrenPage'));
const ReviewPage = lazy(() => import('./review/ReviewPage'));
const SeriesPage = lazy(() => import('./series/SeriesPage'));
const StreamKeysPage = lazy(() => import('./streamKeys/StreamKeysPage'));
const RoomsNowPage = lazy(() => import('./administration/RoomsNowPage'));
const IntegratePage = lazy(() => import('./integrate/IntegratePage'));
const AdministrationPage = lazy(() => import('./administration/AdministrationPage'));

export const routes: RouteObject[] = [
  {
    element: <Localised />,
    errorElement: <Broken />,
    children: [
      {
        element: <Frame />,
        children: [
          { index: true, element: <FrontDoor /> },
          { path: 'setup', element: <SetupPage /> },
          { path: 'sign-up', element: <SignUpPage /> },
          { path: 'sign-in', element: <SignInPage /> },
          { path: 'device', element: <Device /> },
          { path: 'guest', element: <GuestPage /> },
          {
            element: <SignedIn />,
            children: [
              { path: 'lessons', element: <LessonsPage /> },
              { path: 'lessons/:id', element: <LessonPage /> },
              { path: 'bookings/:id', element: <BookingPage /> },
              { path: 'series/:id', element: <SeriesPage /> },
              { path: 'availability', element: <AvailabilityPage /> },
              { path: 'profile', element: <ProfilePage /> },
              { path: 'meeting-providers', element: <MeetingProvidersPage /> },
              { path: 'settings', element: <SettingsPage /> },
              { path: 'lessons/:id/door', element: <DoorPage /> },
              { path: 'lessons/:id/recordings/:recordingId', element: <ReviewPage /> },
              { path: 'lessons/:id/stream-keys', element: <StreamKeysPage /> },
              { path: 'mentors', element: <FindMentorPage /> },
              { path: 'mentors/requests/:id', element: <MatchesPage /> },
              { path: 'tutors/:id', element: <TutorPage /> },
              { path: 'preflight', element: <PreflightPage /> },
              { path: 'children', element: <ChildrenPage /> },
              { path: 'integrate', element: <IntegratePage /> },
              { path: 'administration', element: <AdministrationPage /> },
              { path: 'administration/rooms', element: <RoomsNowPage /> },
            ],
          },
          { path: '*', element: <NotFoundPage /> },
        ],
      },
      // The room fills the screen: it stands outside of the frame.
      { path: 'guest/room', element: <Suspense fallback={<Placeholder />}><GuestRoomPage /></Suspense> },
      { element: <SignedIn />, children: [{ path: 'lessons/:id/room', element: <Suspense fallback={<Placeholder />}><RoomPage /></Suspense> }] },
    ],
  },
];

const router = createBrowserRouter(routes);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      networkMode: 'always',
      refetchOnReconnect: true,
      // What the server refused it will refuse again; only a broken wire or a busy server is worth another try.
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500),
    },
    // Without a network a page says so at once; nothing waits in silence and is sent an hour later.
    mutations: { networkMode: 'always' },
  },
});

// Tabs share a session: what was read for one person is not shown to the next.
session.onAnotherPerson(() => void queries.resetQueries());

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
