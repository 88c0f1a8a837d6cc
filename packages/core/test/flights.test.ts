import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { Flight, Flights } from '../src/engine/flight.ts';

const open = (): { flights: Flights; start: () => Flight } => {
  const clock = new FakeClock();
  const flights = new Flights(clock, () => Infinity);
  const start = (): Flight => {
    const flight = new Flight('photo:1', 'load', clock.now());
    flights.add(flight);
    return flight;
  };
  return { flights, start };
};

describe('the flights that can be joined', () => {
  it('are let go by what stood in the map for them: its old tables live until a full collection', () => {
    const { flights, start } = open();
    const flight = start();
    const { place } = flight;
    expect(flights.find('photo:1', undefined)).toBe(flight);
    flights.remove(flight);
    expect(flights.find('photo:1', undefined)).toBeUndefined();
    expect(place.flight).toBeUndefined();
  });

  it('are let go although the key had changed, and a newer one of the key is still found', () => {
    const { flights, start } = open();
    const old = start();
    flights.end('photo:1');
    const newer = start();
    flights.remove(old);
    expect(old.place.flight).toBeUndefined();
    expect(flights.find('photo:1', undefined)).toBe(newer);
  });
});
