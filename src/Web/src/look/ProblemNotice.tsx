import { useExplain } from '../api/explain';
import { Notice } from './Notice';

/** Nothing while there is no error. */
export function ProblemNotice({ error }: { error: unknown }) {
  const { explain } = useExplain();
  if (!error) return null;
  return <Notice kind="bad"><p>{explain(error)}</p></Notice>;
}
