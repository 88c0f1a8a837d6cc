import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connection, type Connection } from './api/connection.ts';
import { resources } from './api/resources.ts';
import { App } from './app.tsx';
import { startRouter } from './router/location.ts';
import './styles/index.css';

startRouter();
connection.onChange((now, before) => {
  if (isNewsFor(now, before)) resources.revalidate();
});
connection.start();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

/** Whether what is on screen may be old: the server is back, or it imports. The grid fills before the count of done moves. */
function isNewsFor(now: Connection, before: Connection): boolean {
  if (now.reachable && !before.reachable) return true;
  if (!now.health || !before.health) return false;
  const isRunning = now.health.import.state === 'running';
  return isRunning || now.health.ready !== before.health.ready || before.health.import.state === 'running';
}
