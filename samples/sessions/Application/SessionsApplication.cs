using System.Net.Mime;
using Holdfast.Sessions.Keys;
using Holdfast.Sessions.Store;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Caching.Distributed;

namespace Holdfast.Sessions.Application;

/// <summary>
/// An ordinary web application: cookie sign-in, sessions, a page. All that it must keep is in the store: what the cookies lead to, and the keys that
/// they are made with. It knows one address and no member.
/// </summary>
internal sealed class SessionsApplication(SessionsOptions options, TimeProvider time)
{
    private const int LongestForm = 16 << 10;
    private static readonly TimeSpan SignInLife = TimeSpan.FromHours(8);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var store = new StoreClient(options.Store, time);
        await using var app = Build(store);
        await app.Services.GetRequiredService<KeyKeeper>().KeepAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        Console.WriteLine($"{options.Instance} listens on http://{options.Listen}, its store is {options.Store.Address}");
        await app.WaitForShutdownAsync(cancellationToken);
    }

    private WebApplication Build(StoreClient store)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddFilter("Holdfast", LogLevel.Information)
            .AddSimpleConsole(console => console.SingleLine = true);
        builder.WebHost.UseUrls($"http://{options.Listen}").ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestForm;
        });

        builder.Services
            .AddSingleton(time)
            .AddSingleton(options)
            .AddSingleton(store)
            .AddSingleton<SignedInList>()
            .AddSingleton<SignIns>()
            .AddSingleton<IDistributedCache>(new StoreCache(store, options.Idle));
        AddKeys(builder.Services, store);
        var secure = options.IsBehindTls ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        builder.Services.AddSession(session =>
        {
            session.Cookie.Name = "sessions.session";
            session.Cookie.HttpOnly = true;
            session.Cookie.SameSite = SameSiteMode.Strict;
            session.Cookie.SecurePolicy = secure;
            session.Cookie.IsEssential = true;
            session.IdleTimeout = options.Idle;
            // The store client knows when to give up.
            session.IOTimeout = options.Store.Patience + TimeSpan.FromSeconds(5);
        });
        builder.Services.AddAuthorization().AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            cookie.Cookie.Name = "sessions.sign-in";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = secure;
            cookie.ExpireTimeSpan = SignInLife;
            cookie.Events.OnValidatePrincipal = SignIns.ValidateAsync;
            cookie.Events.OnRedirectToLogin = context =>
            {
                SignIns.AnswerNobody(context.HttpContext);
                return Task.CompletedTask;
            };
        });

        var app = builder.Build();
        app.Use(SaySoWhenTheStoreIsAwayAsync);
        app.Use(ForbidWhatIsNotOurs);
        app.UseSession();
        app.UseAuthentication();
        app.UseAuthorization();
        var signIns = app.Services.GetRequiredService<SignIns>();
        app.MapGet("/", signIns.ShowAsync);
        app.MapGet("/page.css", () => Results.Text(Page.Style, "text/css"));
        app.MapPost("/sign-in", signIns.SignInAsync);
        app.MapPost("/click", signIns.ClickAsync).RequireAuthorization();
        app.MapPost("/sign-out", signIns.SignOutAsync).RequireAuthorization();
        return app;
    }

    private void AddKeys(IServiceCollection services, StoreClient store)
    {
        services.AddSingleton(its => new KeyKeeper(
            its.GetRequiredService<IKeyManager>(), options.KeyPolicy, options.KeepsKeysInMemory ? null : store, time,
            its.GetRequiredService<ILogger<KeyKeeper>>()));
        services.AddHostedService(its => its.GetRequiredService<KeyKeeper>());
        services.AddDataProtection()
            .SetApplicationName("sessions") // all instances read each other's cookies
            .DisableAutomaticKeyGeneration()
            .AddKeyManagementOptions(keys => keys.XmlRepository = options.KeepsKeysInMemory ? new MemoryKeys() : new StoreKeys(store));
    }

    /// <summary>Patience has an end. Then it is said, and the cookies stay as they are: nobody is signed out for it.</summary>
    private static async Task SaySoWhenTheStoreIsAwayAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (exception is StoreAwayException or StoreErrorException && !context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            context.Response.ContentType = MediaTypeNames.Text.Plain;
            await context.Response.WriteAsync("The store is away. You stay signed in; please try again.\n");
            context.RequestServices.GetRequiredService<ILogger<SessionsApplication>>().LogWarning("{Path}: {Reason}", context.Request.Path, exception.Message);
        }
    }

    private static Task ForbidWhatIsNotOurs(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; img-src data:; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return next(context);
    }
}
