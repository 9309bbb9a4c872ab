/** Names of instruments as they go over the wire. */
export const instruments = [
  'violin', 'viola', 'cello', 'double_bass', 'piano', 'guitar', 'voice', 'flute', 'recorder', 'oboe', 'clarinet', 'bassoon', 'saxophone', 'trumpet',
  'horn', 'trombone', 'tuba', 'harp', 'drums', 'gayageum', 'haegeum', 'daegeum', 'oud', 'qanun', 'ney',
] as const;

export const levels = ['beginner', 'intermediate', 'advanced'] as const;
