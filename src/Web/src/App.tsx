import { lazy, Suspense } from 'react';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';

const RoomPage = lazy(() => import('./room/RoomPage'));

const router = createBrowserRouter([
  { path: '/lessons/:id/room', element: <Suspense><RoomPage /></Suspense> },
]);

export function App() {
  return <RouterProvider router={router} />;
}
