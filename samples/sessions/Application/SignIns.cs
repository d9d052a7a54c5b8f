using System.Globalization;
using System.Net.Mime;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Holdfast.Sessions.Application;

/// <summary>What a program is answered.</summary>
internal sealed record Standing(string User, int Clicks, string Instance, string Since);

/// <summary>
/// Signing in, clicking, signing out. Who is signed in is in the cookie and in the session, and the two must be of one sign-in: a session that is gone
/// is a sign-in that is over, and to sign out ends it at once, on all instances.
/// </summary>
internal sealed partial class SignIns(SessionsOptions options, SignedInList list, TimeProvider time)
{
    private const string Mark = "sign-in";
    private const string Clicks = "clicks";
    private const string Since = "since";
    private const string At = "at";
    private const string LastChange = "last-change";

    /// <summary>Asked with every request that bears a cookie.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var session = context.HttpContext.Session;
        // Without this, the first use would load it in a way that takes a store that is away for an empty session.
        await session.LoadAsync(context.HttpContext.RequestAborted);
        if (context.Principal?.FindFirstValue(Mark) is not { } mark || session.GetString(Mark) != mark)
        {
            context.RejectPrincipal();
        }
    }

    /// <summary>To one who is not signed in (any more) and wants something that only others get.</summary>
    public static void AnswerNobody(HttpContext context)
    {
        if (WantsJson(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            SeeOther(context);
        }
    }

    public async Task ShowAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        if (context.User.Identity?.Name is not { } user)
        {
            await context.Response.WriteAsync(Page.ForNobody(options.Instance, context.Request.Query.ContainsKey("name")));
            return;
        }

        var all = await list.AllAsync(context.RequestAborted);
        await context.Response.WriteAsync(Page.For(user, context.User.FindFirstValue(Mark)!, options, all, time.GetUtcNow()));
    }

    public async Task SignInAsync(HttpContext context)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var name = form["name"].ToString().Trim();
        if (!Name().IsMatch(name))
        {
            if (WantsJson(context))
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }

            context.Response.Redirect("/?name");
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            return;
        }

        // A sample: a name will do. A real application asks for more.
        var mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var session = context.Session;
        await session.LoadAsync(context.RequestAborted);
        if (session.GetString(Mark) is { } former)
        {
            await list.RemoveAsync(former, context.RequestAborted);
        }

        session.Clear();
        session.SetString(Mark, mark);
        session.SetString(Since, Text(time.GetUtcNow()));
        session.SetString(At, options.Instance);
        session.SetInt32(Clicks, 0);
        var standing = await KeepAsync(context, mark, name);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name), new Claim(Mark, mark)], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));
        await AnswerAsync(context, standing);
    }

    public async Task ClickAsync(HttpContext context)
    {
        var session = context.Session;
        session.SetInt32(Clicks, (session.GetInt32(Clicks) ?? 0) + 1);
        await AnswerAsync(context, await KeepAsync(context, context.User.FindFirstValue(Mark)!, context.User.Identity!.Name!));
    }

    public async Task SignOutAsync(HttpContext context)
    {
        await list.RemoveAsync(context.User.FindFirstValue(Mark)!, context.RequestAborted);
        context.Session.Clear();
        await context.Session.CommitAsync(context.RequestAborted);
        await context.SignOutAsync();
        SeeOther(context);
    }

    /// <remarks>
    /// Committed here, before the answer. What comes by itself at the end of a request comes after it, and its faults are only logged: a click
    /// would be acknowledged that is nowhere.
    /// </remarks>
    private async Task<Standing> KeepAsync(HttpContext context, string mark, string user)
    {
        var (session, now) = (context.Session, Text(time.GetUtcNow()));
        session.SetString(LastChange, now);
        await session.CommitAsync(context.RequestAborted);
        var signedIn = new SignedIn(user, session.GetString(At)!, session.GetString(Since)!, options.Instance, now, session.GetInt32(Clicks) ?? 0);
        await list.NoteAsync(mark, signedIn, context.RequestAborted);
        return new Standing(user, signedIn.Clicks, options.Instance, signedIn.Since);
    }

    private static async Task AnswerAsync(HttpContext context, Standing standing)
    {
        if (WantsJson(context))
        {
            await context.Response.WriteAsJsonAsync(standing, context.RequestAborted);
        }
        else
        {
            SeeOther(context);
        }
    }

    private static bool WantsJson(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Application.Json, StringComparison.Ordinal);

    private static void SeeOther(HttpContext context)
    {
        context.Response.Redirect("/");
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
    }

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}\z")]
    private static partial Regex Name();
}
