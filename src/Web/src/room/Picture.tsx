import { useEffect, useRef } from 'react';

/** A stream on the screen. Without `muted` its sound comes from here, too. */
export function Picture({ stream, label, muted, mirrored }: { stream: MediaStream; label: string; muted?: boolean; mirrored?: boolean }) {
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    // A browser may refuse to play sound before a click; the click that enters the room is one.
    void element.play().catch(() => undefined);
    return () => {
      element.srcObject = null;
    };
  }, [stream]);

  return (
    <video
      ref={video}
      className={mirrored ? 'room-picture room-picture-mirrored' : 'room-picture'}
      aria-label={label}
      autoPlay
      playsInline
      muted={muted ?? false}
    />
  );
}
