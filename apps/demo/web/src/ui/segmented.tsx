interface SegmentedProps<T extends string> {
  label: string;
  options: readonly { value: T; text: string; title: string }[];
  value: T;
  onChange: (value: T) => void;
}

/** A few choices of which one holds: native radio buttons in one frame. */
export function Segmented<T extends string>({ label, options, value, onChange }: SegmentedProps<T>) {
  return (
    <fieldset className="segmented">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value} title={option.title}>
          <input
            type="radio"
            name={label}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            aria-label={option.title}
          />
          <span aria-hidden="true">{option.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
