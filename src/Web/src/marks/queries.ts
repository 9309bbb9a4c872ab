import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf, newKey, told } from '../api/client';
import type { components } from '../api/openapi';

export type Mark = components['schemas']['MarkView'];
type WantedMark = components['schemas']['WantedMark'];
type ChangedMark = components['schemas']['ChangedMark'];

export const longestNote = 500;

const keyOf = (lesson: string) => ['marks', lesson];
const seen = (lesson: string, mark: Mark) => ({ path: { id: lesson, markId: mark.id }, header: { 'If-Match': etagOf(mark.version) } });

/** `crypto.randomUUID` is missing on pages that are not secure. */
export const newId = () => newKey().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const makeMark = (lesson: string, wanted: WantedMark) => told(api.POST('/v1/lessons/{id}/marks', { params: { path: { id: lesson } }, body: wanted }));

export const changeMark = (lesson: string, mark: Mark, to: ChangedMark) =>
  told(api.PUT('/v1/lessons/{id}/marks/{markId}', { params: seen(lesson, mark), body: to }));

export function useMarks(lesson: string, isWanted = true) {
  return useQuery({ queryKey: keyOf(lesson), enabled: isWanted, refetchInterval: 30_000, queryFn: ({ signal }) => told(api.GET('/v1/lessons/{id}/marks', { params: { path: { id: lesson } }, signal })) });
}

/** What was seen counts: when somebody else was quicker, the list is read again. */
function useChange<T, R>(lesson: string, change: (what: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queries.invalidateQueries({ queryKey: keyOf(lesson) }) });
}

/** At a place of the lesson, in ms since its planned start. */
export const useMakeMark = (lesson: string) => useChange(lesson, (place: number) => makeMark(lesson, { id: newId(), place: Math.round(place) }));

export const useChangeMark = (lesson: string) => useChange(lesson, ({ mark, to }: { mark: Mark; to: ChangedMark }) => changeMark(lesson, mark, to));

export const useRemoveMark = (lesson: string) =>
  useChange(lesson, (mark: Mark) => api.DELETE('/v1/lessons/{id}/marks/{markId}', { params: seen(lesson, mark) }));
