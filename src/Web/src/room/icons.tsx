import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

const microphone = (
  <>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
  </>
);

const camera = (
  <>
    <rect x="3" y="6.5" width="12" height="11" rx="2.5" />
    <path d="m15 10.5 5.5-3v9l-5.5-3" />
  </>
);

const stroke = <path d="M4 4l16 16" />;

export const MicrophoneIcon = () => <Icon>{microphone}</Icon>;
export const MicrophoneOffIcon = () => (
  <Icon>
    {microphone}
    {stroke}
  </Icon>
);
export const CameraIcon = () => <Icon>{camera}</Icon>;
export const CameraOffIcon = () => (
  <Icon>
    {camera}
    {stroke}
  </Icon>
);
export const FullScreenIcon = () => (
  <Icon>
    <path d="M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4M9 20H5a1 1 0 0 1-1-1v-4" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
    <circle cx="15" cy="7" r="2" />
    <circle cx="9" cy="17" r="2" />
  </Icon>
);
export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8" r="3" />
    <path d="M3.5 19c.6-3.2 2.7-5 5.5-5s4.9 1.8 5.5 5M15.5 5.5a3 3 0 0 1 0 5M17 14.3c1.9.7 3.1 2.3 3.5 4.7" />
  </Icon>
);
export const LeaveIcon = () => (
  <Icon>
    <path d="M14 4h4a1.5 1.5 0 0 1 1.5 1.5v13A1.5 1.5 0 0 1 18 20h-4M4 12h10M7.5 8.5 4 12l3.5 3.5" />
  </Icon>
);

export const MarkIcon = () => (
  <Icon>
    <path d="M6.5 4.5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v16L12 16.5l-5.5 4z" />
  </Icon>
);
