import { Suspense } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Loaded, Placeholder } from '../look/Loaded';
import { MeContext, useMeQuery, useSignedIn } from './me';

/** Lets in who is signed in and sends everybody else to the door, remembering where they wanted to go. */
export function SignedIn() {
  const signedIn = useSignedIn();
  const me = useMeQuery();
  const { pathname, search } = useLocation();
  if (!signedIn) return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />;
  return (
    <Loaded query={me}>
      {(data) => (
        <MeContext value={data}>
          <Suspense fallback={<div className="page"><Placeholder lines={5} /></div>}>
            <Outlet />
          </Suspense>
        </MeContext>
      )}
    </Loaded>
  );
}
