/** A key with no modifier held, outside fields and open dialogs: only such keys are shortcuts. */
export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing)
    return false;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return true;
  if (target.isContentEditable || target.closest('dialog[open]')) return false;
  if (target instanceof HTMLInputElement) return target.type === 'checkbox';
  return !(target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement);
}
