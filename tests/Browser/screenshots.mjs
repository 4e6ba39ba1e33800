// Makes the pictures of the dashboard for the documentation: node screenshots.mjs, with PGGAN_URL and PGGAN_SCREENSHOTS set.
import { launch, openPage, screenshot } from './browser.mjs';

/** Each ends below a section, so that nothing is cut through. */
const PICTURES = [
    { name: 'dashboard-light', colorScheme: 'light', width: 1280, last: '#curves' },
    { name: 'dashboard-dark', colorScheme: 'dark', width: 1280, last: '#curves' },
    { name: 'dashboard-phone', colorScheme: 'light', width: 390, last: '#samples' },
];

if (!process.env.PGGAN_SCREENSHOTS)
    throw new Error('PGGAN_SCREENSHOTS must name the folder for the pictures');

const browser = await launch();
try {
    for (const { name, last, ...look } of PICTURES) {
        const page = await openPage(browser, look);
        await page.locator('.plot canvas').first().waitFor({ timeout: 60_000 });
        await page.waitForFunction(() => [...document.querySelectorAll('.sheet img')].some(image => image.naturalWidth > 0));
        // The pipeline's shares are differences over some seconds.
        await page.waitForTimeout(4_000);
        const height = await page.evaluate(selector => Math.ceil(document.querySelector(selector).getBoundingClientRect().bottom) + 8, last);
        await screenshot(page, name, { fullPage: true, clip: { x: 0, y: 0, width: look.width, height } });
        await page.context().close();
    }
} finally {
    await browser.close();
}
