import { useTranslation } from 'react-i18next';
import type { Lesson } from '../api/types';
import { Section } from '../look/Page';
import { MarkList } from './MarkList';
import { useMarks } from './queries';

/** What was marked in a lesson, whether or not it was recorded; nothing while there is nothing. */
export function MarksOfLesson({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation();
  const marks = useMarks(lesson.id, lesson.state === 'started' || lesson.state === 'ended');
  const items = marks.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Section title={t('marks.title')} lead={`${t('marks.fromStart')} ${t('marks.lead')}`}>
      <MarkList lesson={lesson.id} marks={items.map((mark) => ({ mark, at: mark.place / 1000 }))} />
    </Section>
  );
}
