import type { CalendarDate, Time } from '@internationalized/date';
import type { ReactNode } from 'react';
import {
  Button, Checkbox, CheckboxGroup, ComboBox, DateField, DateInput, DateSegment, FieldError, Input, Label, ListBox, ListBoxItem, NumberField,
  Popover, Radio, RadioGroup, Select, SelectValue, Text, TextArea, TextField, TimeField, type Key,
} from 'react-aria-components';

export interface Choice {
  id: string;
  name: string;
  hint?: string;
}

interface Common {
  label: string;
  hint?: ReactNode;
  name?: string;
  required?: boolean;
}

function Hint({ children }: { children: ReactNode }) {
  return children ? <Text slot="description" className="hint">{children}</Text> : null;
}

interface TextProps extends Common {
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'email' | 'password';
  autoComplete?: string;
  maxLength?: number;
  minLength?: number;
  lines?: number;
}

export function TextBox({ label, hint, name, required, value, onChange, type = 'text', autoComplete, maxLength, minLength, lines }: TextProps) {
  return (
    <TextField className="field" {...(name ? { name } : {})} type={type} value={value} onChange={onChange} isRequired={required ?? false}
      {...(autoComplete ? { autoComplete } : {})} {...(maxLength ? { maxLength } : {})} {...(minLength ? { minLength } : {})}>
      <Label>{label}</Label>
      {lines ? <TextArea className="input" rows={lines} dir="auto" /> : <Input className="input" dir={type === 'text' ? 'auto' : 'ltr'} />}
      <Hint>{hint}</Hint>
      <FieldError className="field-error" />
    </TextField>
  );
}

interface ChoiceProps extends Common {
  choices: readonly Choice[];
  value: string;
  onChange: (id: string) => void;
}

export function Chooser({ label, hint, name, required, choices, value, onChange }: ChoiceProps) {
  return (
    <Select className="field" {...(name ? { name } : {})} value={value === '' ? null : value} onChange={(key: Key | null) => key !== null && onChange(String(key))}
      isRequired={required ?? false} placeholder="—">
      <Label>{label}</Label>
      <Button className="input select">
        <SelectValue />
        <Chevron />
      </Button>
      <Hint>{hint}</Hint>
      <FieldError className="field-error" />
      <Popover className="popover">
        <ListBox className="list-box" items={choices}>
          {(choice) => <ListBoxItem className="list-box-item" textValue={choice.name}>{choice.name}</ListBoxItem>}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** For long lists: type to narrow them. */
export function SearchChooser({ label, hint, name, required, choices, value, onChange, openLabel }: ChoiceProps & { openLabel: string }) {
  return (
    <ComboBox className="field" {...(name ? { name } : {})} formValue="key" value={value === '' ? null : value}
      onChange={(key: Key | null) => key !== null && onChange(String(key))} defaultItems={choices} isRequired={required ?? false} menuTrigger="focus">
      <Label>{label}</Label>
      <div className="combo">
        <Input className="input" dir="auto" />
        <Button className="combo-open" aria-label={openLabel}><Chevron /></Button>
      </div>
      <Hint>{hint}</Hint>
      <FieldError className="field-error" />
      <Popover className="popover">
        <ListBox className="list-box">
          {(choice: Choice) => (
            <ListBoxItem className="list-box-item" textValue={choice.name}>
              <span>{choice.name}</span>
              {choice.hint ? <span className="choice-hint" dir="ltr">{choice.hint}</span> : null}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}

export function Chips({ label, hint, name, required, choices, value, onChange }: Common & { choices: readonly Choice[]; value: string[]; onChange: (value: string[]) => void }) {
  return (
    <CheckboxGroup className="field" {...(name ? { name } : {})} value={value} onChange={onChange} isRequired={required ?? false}>
      <Label>{label}</Label>
      <Hint>{hint}</Hint>
      <div className="chips">
        {choices.map((choice) => (
          <Checkbox key={choice.id} value={choice.id} className="chip">{choice.name}</Checkbox>
        ))}
      </div>
      <FieldError className="field-error" />
    </CheckboxGroup>
  );
}

export function OneOf({ label, hint, name, required, choices, value, onChange }: ChoiceProps) {
  return (
    <RadioGroup className="field" {...(name ? { name } : {})} value={value === '' ? null : value} onChange={onChange} isRequired={required ?? false}>
      <Label>{label}</Label>
      <Hint>{hint}</Hint>
      <div className="chips">
        {choices.map((choice) => (
          <Radio key={choice.id} value={choice.id} className="chip">{choice.name}</Radio>
        ))}
      </div>
      <FieldError className="field-error" />
    </RadioGroup>
  );
}

export function Tick({ label, value, onChange }: { label: string; value: boolean; onChange: (value: boolean) => void }) {
  return (
    <Checkbox className="tick" isSelected={value} onChange={onChange}>
      <span className="tick-box" aria-hidden="true">
        <svg viewBox="0 0 16 16"><path d="M3 8.5 6.5 12 13 4.5" /></svg>
      </span>
      {label}
    </Checkbox>
  );
}

interface NumberProps extends Common {
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  step?: number;
}

export function NumberBox({ label, hint, name, value, onChange, min, max, step = 1 }: NumberProps) {
  return (
    <NumberField className="field" {...(name ? { name } : {})} value={value} minValue={min} maxValue={max} step={step}
      onChange={(next) => onChange(Number.isNaN(next) ? min : next)}>
      <Label>{label}</Label>
      <div className="number">
        <Button slot="decrement" className="number-step">−</Button>
        <Input className="input" />
        <Button slot="increment" className="number-step">+</Button>
      </div>
      <Hint>{hint}</Hint>
      <FieldError className="field-error" />
    </NumberField>
  );
}

export function DateBox({ label, hint, name, required, value, onChange, min, max }: Common & {
  value: CalendarDate | null;
  onChange: (value: CalendarDate | null) => void;
  min?: CalendarDate;
  max?: CalendarDate;
}) {
  return (
    <DateField className="field" {...(name ? { name } : {})} value={value} onChange={onChange} isRequired={required ?? false}
      {...(min ? { minValue: min } : {})} {...(max ? { maxValue: max } : {})}>
      <Label>{label}</Label>
      <DateInput className="input segments">{(segment) => <DateSegment className="segment" segment={segment} />}</DateInput>
      <Hint>{hint}</Hint>
      <FieldError className="field-error" />
    </DateField>
  );
}

/** A wall time; its label is for screen readers, the row it stands in says the rest. */
export function TimeBox({ label, value, onChange }: { label: string; value: Time; onChange: (value: Time) => void }) {
  return (
    <TimeField aria-label={label} value={value} onChange={(next) => next && onChange(next)} className="time-field">
      <DateInput className="input segments">{(segment) => <DateSegment className="segment" segment={segment} />}</DateInput>
    </TimeField>
  );
}

function Chevron() {
  return (
    <svg className="chevron" viewBox="0 0 16 16" aria-hidden="true"><path d="m4 6 4 4 4-4" /></svg>
  );
}
