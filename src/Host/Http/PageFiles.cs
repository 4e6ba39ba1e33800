using Microsoft.Extensions.FileProviders;

namespace Pggan.Host;

/// <summary>The files of the page, which hold no secret and need no token.</summary>
/// <param name="folder">Where they are; it need not be there.</param>
internal sealed class PageFiles(string folder)
{
    /// <summary>Those that came with the program.</summary>
    public static PageFiles OfTheProgram { get; } = new(Path.Combine(AppContext.BaseDirectory, "wwwroot"));

    /// <summary>Serves them.</summary>
    public void Use(IApplicationBuilder app)
    {
        if (!Directory.Exists(folder))
            return;
        PhysicalFileProvider files = new(folder);

        // What the interface answers is not compressed: a secret beside a text of others could be guessed from the length.
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/api"), page => page.UseResponseCompression());
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, DefaultFileNames = ["index.html"] });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,

            // After an update of the program the page must be the new one.
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
        });
    }
}
