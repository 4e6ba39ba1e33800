import { chromium } from 'playwright-core';

export const launch = () => chromium.launch({
    executablePath: process.env.PGGAN_CHROMIUM ?? '/usr/bin/chromium',
    // Chromium's sandbox does not start as root, which is what a container runs as.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
