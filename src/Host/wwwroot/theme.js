// Runs before the first paint, so that a page chosen to be dark never flashes white.
(() => {
    const chosen = localStorage.getItem('pggan-theme');
    if (chosen === 'light' || chosen === 'dark')
        document.documentElement.dataset.theme = chosen;
})();
