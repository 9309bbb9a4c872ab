import { MeContext, useMeQuery, useSignedIn } from '../account/me';
import { Loaded } from '../look/Loaded';
import { HomePage } from './HomePage';
import { LandingPage } from './LandingPage';

/** The same address is the landing page for a stranger and the next lesson for everybody else. */
export function FrontDoor() {
  const signedIn = useSignedIn();
  const me = useMeQuery();
  if (!signedIn) return <LandingPage />;
  return <div className="page-while"><Loaded query={me} lines={5}>{(data) => <MeContext value={data}><HomePage /></MeContext>}</Loaded></div>;
}
