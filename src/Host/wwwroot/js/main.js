import { showActors } from './actors.js';
import { showConnection } from './connection.js';
import { showControls } from './controls.js';
import { showCurves } from './curves.js';
import { showEvents } from './events.js';
import { start } from './feed.js';
import { showHead } from './head.js';
import { showPipeline } from './pipeline.js';
import { showRuns } from './runs.js';
import { showSamples } from './samples.js';
import { takeToken } from './session.js';
import { showSettings } from './settings.js';
import { showSkipped } from './skipped.js';
import { isLive, on } from './store.js';
import { showThemeSwitch } from './theme-switch.js';

const part = id => document.getElementById(id);

takeToken();
// The printed URL, pasted into a page that is open, changes nothing but what follows the #.
addEventListener('hashchange', takeToken);

showThemeSwitch(part('theme'));
showConnection(part('connection'));
showHead(part('head'));
showSamples(part('samples'));
showCurves(part('curves'));
showControls(part('controls'));
showSettings(part('settings'));
showPipeline(part('pipeline'));
showActors(part('actors'));
showSkipped(part('skipped'));
showEvents(part('events'));
showRuns(part('runs'));
on(['run', 'live'], () => document.body.classList.toggle('over', !isLive()));
start();
