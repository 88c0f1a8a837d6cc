/** Line icons on a grid of 24, drawn with the colour of the text around them. */
const paths = {
  photos:
    'M6.5 4.5h11a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2z M4.5 16l4.5-4.5 4 4 2.5-2.5 4 4 M15.5 8.5h.01',
  albums:
    'M6.5 10h11a1.5 1.5 0 0 1 1.5 1.5V18a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18v-6.5A1.5 1.5 0 0 1 6.5 10z M7 7h10 M9 3.8h6',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M2.8 19.5c.4-3.6 3-5.5 6.2-5.5s5.8 1.9 6.2 5.5 M15.5 4.3a3.5 3.5 0 0 1 0 6.5 M17.5 14.3c2.1.7 3.4 2.5 3.7 5.2',
  cache: 'M13 3 5 13.5h6L10.5 21l8-10.5h-6z',
  upload: 'M12 15.5V4.5 M7.5 9 12 4.5 16.5 9 M4.5 15v4.5h15V15',
  download: 'M12 4.5v11 M7.5 11l4.5 4.5 4.5-4.5 M4.5 16v3.5h15V16',
  search: 'M10.8 17.3a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z M15.6 15.6 20 20',
  selfie:
    'M4 8.5V6a2 2 0 0 1 2-2h2.5 M15.5 4H18a2 2 0 0 1 2 2v2.5 M20 15.5V18a2 2 0 0 1-2 2h-2.5 M8.5 20H6a2 2 0 0 1-2-2v-2.5 M9.2 9.5v.6 M14.8 9.5v.6 M9 14.3c1.7 1.7 4.3 1.7 6 0',
  moon: 'M19.5 14.5A8 8 0 1 1 9.5 4.5a6.3 6.3 0 0 0 10 10z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M18.7 5.3l-1.4 1.4 M6.7 17.3l-1.4 1.4',
  back: 'M20 12H4.5 M11 5.5 4.5 12l6.5 6.5',
  left: 'M14.5 5.5 8 12l6.5 6.5',
  right: 'M9.5 5.5 16 12l-6.5 6.5',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z M12 11.5v5 M12 8h.01',
  close: 'M6 6l12 12 M18 6 6 18',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  calendar:
    'M6 6h12a1.5 1.5 0 0 1 1.5 1.5V18a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 18V7.5A1.5 1.5 0 0 1 6 6z M4.5 10.5h15 M8.5 3.5V7 M15.5 3.5V7',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4z M12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z',
  pencil: 'M4.5 19.5l1-4L16 5l3 3L8.5 18.5z M14 7l3 3',
  merge: 'M7 4.5c0 5 5 4 5 9v6 M17 4.5c0 5-5 4-5 9 M9 16.5l3 3 3-3',
  warning: 'M12 4 2.8 19.5h18.4z M12 10v4.5 M12 17h.01',
  offline:
    'M4 4l16 16 M8.5 12.5c.9-.6 1.9-.9 2.9-1 M15.5 12.7l-.6-.4 M5 9.5c1-.8 2-1.4 3.2-1.8 M19 9.5a11 11 0 0 0-7-2.7 M12 17.5h.01',
  pause: 'M8.5 5.5v13 M15.5 5.5v13',
  play: 'M8 5l11 7-11 7z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
