import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, etagOf, newKey } from '../api/client';
import type { components } from '../api/openapi';

export type Mark = components['schemas']['MarkView'];
type MarkList = components['schemas']['MarkList'];
type WantedMark = components['schemas']['WantedMark'];
type ChangedMark = components['schemas']['ChangedMark'];

export const longestNote = 500;

const pathOf = (lesson: string) => `/v1/lessons/${lesson}/marks`;
const keyOf = (lesson: string) => ['marks', lesson];

/** `crypto.randomUUID` is missing on pages that are not secure. */
export const newId = () => newKey().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const makeMark = (lesson: string, wanted: WantedMark) => api.post<Mark>(pathOf(lesson), wanted);

export const changeMark = async (lesson: string, mark: Mark, to: ChangedMark) =>
  (await api.request<Mark>('PUT', `${pathOf(lesson)}/${mark.id}`, { body: to, ifMatch: etagOf(mark.version) })).data;

export function useMarks(lesson: string, isWanted = true) {
  return useQuery({ queryKey: keyOf(lesson), enabled: isWanted, refetchInterval: 30_000, queryFn: ({ signal }) => api.get<MarkList>(pathOf(lesson), signal) });
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
  useChange(lesson, (mark: Mark) => api.request('DELETE', `${pathOf(lesson)}/${mark.id}`, { ifMatch: etagOf(mark.version) }));
