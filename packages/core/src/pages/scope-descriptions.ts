import type { DescribedScope } from "./model.ts";

const GOOGLE = "https://www.googleapis.com/auth/";

/**
 * Descriptions of Google's common scopes in plain words. Each completes the sentence "The app can …", and may name
 * the app as `{app}`.
 * Source of the names: https://developers.google.com/identity/protocols/oauth2/scopes
 */
export const SCOPE_DESCRIPTIONS: Readonly<Record<string, string>> = Object.freeze({
  // Sign-in, by the short names and by the long names that Google returns
  openid: "Recognize you by your Google account",
  email: "See your e-mail address",
  profile: "See your name and picture",
  [`${GOOGLE}userinfo.email`]: "See your e-mail address",
  [`${GOOGLE}userinfo.profile`]: "See your name and picture",

  // Drive, Docs, Sheets, Slides, Forms
  [`${GOOGLE}drive`]: "See, change, create and delete all of your files in Google Drive",
  [`${GOOGLE}drive.readonly`]: "See and download all of your files in Google Drive",
  [`${GOOGLE}drive.file`]: "See, change, create and delete only the files in Google Drive that you use with {app}",
  [`${GOOGLE}drive.metadata`]: "See and change the names and details of your files in Google Drive",
  [`${GOOGLE}drive.metadata.readonly`]: "See the names and details of your files in Google Drive",
  [`${GOOGLE}drive.appdata`]: "Store data of {app} in your Google Drive, apart from your files",
  [`${GOOGLE}drive.activity.readonly`]: "See the activity history of your files in Google Drive",
  [`${GOOGLE}documents`]: "See, change, create and delete all of your documents in Google Docs",
  [`${GOOGLE}documents.readonly`]: "See all of your documents in Google Docs",
  [`${GOOGLE}spreadsheets`]: "See, change, create and delete all of your spreadsheets in Google Sheets",
  [`${GOOGLE}spreadsheets.readonly`]: "See all of your spreadsheets in Google Sheets",
  [`${GOOGLE}presentations`]: "See, change, create and delete all of your presentations in Google Slides",
  [`${GOOGLE}presentations.readonly`]: "See all of your presentations in Google Slides",
  [`${GOOGLE}forms.body`]: "See, change, create and delete all of your forms in Google Forms",
  [`${GOOGLE}forms.body.readonly`]: "See all of your forms in Google Forms",
  [`${GOOGLE}forms.responses.readonly`]: "See the answers to your forms in Google Forms",

  // Calendar, Tasks, Meet
  [`${GOOGLE}calendar`]: "See, change, share and delete all of your calendars in Google Calendar",
  [`${GOOGLE}calendar.readonly`]: "See all of your calendars and their events in Google Calendar",
  [`${GOOGLE}calendar.events`]: "See, change and delete the events in all of your calendars",
  [`${GOOGLE}calendar.events.readonly`]: "See the events in all of your calendars",
  [`${GOOGLE}calendar.events.owned`]: "See, change and delete the events in the calendars that you own",
  [`${GOOGLE}calendar.freebusy`]: "See when you are free or busy in your calendars",
  [`${GOOGLE}calendar.calendarlist.readonly`]: "See which calendars you have",
  [`${GOOGLE}calendar.settings.readonly`]: "See your settings in Google Calendar",
  [`${GOOGLE}calendar.app.created`]: "Create calendars for {app}, and see and change their events",
  [`${GOOGLE}tasks`]: "See, change, create and delete all of your tasks in Google Tasks",
  [`${GOOGLE}tasks.readonly`]: "See all of your tasks in Google Tasks",
  [`${GOOGLE}meetings.space.created`]:
    "Create video meetings in Google Meet, and see and change the ones that {app} created",

  // Gmail
  "https://mail.google.com/": "Read, write, send and permanently delete all of your e-mail in Gmail",
  [`${GOOGLE}gmail.modify`]: "Read, write and send e-mail in Gmail, and move it to the trash",
  [`${GOOGLE}gmail.readonly`]: "Read all of your e-mail and your settings in Gmail",
  [`${GOOGLE}gmail.metadata`]: "See the labels and headers of your e-mail in Gmail, but not its text",
  [`${GOOGLE}gmail.compose`]: "Write drafts and send e-mail in Gmail",
  [`${GOOGLE}gmail.send`]: "Send e-mail from your Gmail account",
  [`${GOOGLE}gmail.insert`]: "Add e-mail to your Gmail mailbox",
  [`${GOOGLE}gmail.labels`]: "See and change your labels in Gmail",
  [`${GOOGLE}gmail.settings.basic`]: "See and change your settings and filters in Gmail",

  // People
  [`${GOOGLE}contacts`]: "See, change and delete your contacts in Google Contacts",
  [`${GOOGLE}contacts.readonly`]: "See and download your contacts in Google Contacts",
  [`${GOOGLE}contacts.other.readonly`]: "See the contacts that Google saved automatically in “Other contacts”",
  [`${GOOGLE}directory.readonly`]: "See the directory of your organization",
  [`${GOOGLE}user.birthday.read`]: "See your date of birth",
  [`${GOOGLE}user.addresses.read`]: "See your postal addresses",
  [`${GOOGLE}user.phonenumbers.read`]: "See your phone numbers",
  [`${GOOGLE}user.emails.read`]: "See all of your e-mail addresses",
  [`${GOOGLE}user.gender.read`]: "See your gender",
  [`${GOOGLE}user.organization.read`]: "See where you work or study",

  // YouTube, Photos
  [`${GOOGLE}youtube`]: "See and change your YouTube account",
  [`${GOOGLE}youtube.readonly`]: "See your YouTube account",
  [`${GOOGLE}youtube.upload`]: "Upload videos to your YouTube account",
  [`${GOOGLE}youtube.force-ssl`]: "See, change and delete your videos, ratings, comments and captions on YouTube",
  [`${GOOGLE}yt-analytics.readonly`]: "See the reports of your YouTube content",
  [`${GOOGLE}photospicker.mediaitems.readonly`]: "See the photos and videos that you pick in Google Photos",
  [`${GOOGLE}photoslibrary.appendonly`]: "Add photos and videos to Google Photos",
  [`${GOOGLE}photoslibrary.readonly.appcreateddata`]: "See the photos and videos that {app} added to Google Photos",
  [`${GOOGLE}photoslibrary.edit.appcreateddata`]:
    "Change the photos, videos and albums that {app} added to Google Photos",

  // Learning, health, the web, the cloud
  [`${GOOGLE}classroom.courses.readonly`]: "See your classes in Google Classroom",
  [`${GOOGLE}classroom.coursework.me`]: "See, hand in and change your coursework in Google Classroom",
  [`${GOOGLE}classroom.rosters.readonly`]: "See who is in your classes in Google Classroom",
  [`${GOOGLE}fitness.activity.read`]: "See your physical activity in Google Fit",
  [`${GOOGLE}analytics.readonly`]: "See your data in Google Analytics",
  [`${GOOGLE}webmasters.readonly`]: "See the data of your sites in Search Console",
  [`${GOOGLE}business.manage`]: "See, change and delete your business profiles on Google",
  [`${GOOGLE}adwords`]: "See, change and delete your campaigns and data in Google Ads",
  [`${GOOGLE}bigquery.readonly`]: "See your data in Google BigQuery",
  [`${GOOGLE}cloud-platform`]: "See, change and delete your data in Google Cloud, and see your e-mail address",
  [`${GOOGLE}cloud-platform.read-only`]: "See your data in Google Cloud, and your e-mail address",
});

/** Returns each scope once, with its description. A scope without one is described by its own name. */
export function describeScopes(
  scopes: Iterable<string>,
  descriptions: Readonly<Record<string, string>>,
): DescribedScope[] {
  return [...new Set(scopes)].map((scope) => ({
    scope,
    description: (Object.hasOwn(descriptions, scope) ? descriptions[scope] : undefined) ?? scope,
  }));
}
